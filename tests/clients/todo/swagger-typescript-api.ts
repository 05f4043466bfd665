import assert from "node:assert/strict";
import { Api, TodoField } from "./generated/api";
import type { TodoFilter } from "./generated/api";

const { todos } = new Api({ baseUrl: process.env.BASE_URL });

async function main() {
  const made = await todos.createTodo(
    { name: "milk", priority: 2 },
    { headers: { "Idempotency-Key": "swagger-typescript-api" } },
  );
  assert.equal(made.status, 201);
  const todo = made.data;
  await todos.createTodo({ name: "bread", priority: 3 });

  const conditions: TodoFilter = { priority: { ge: 2 }, name: { beginsWith: "m" } };
  const found = await todos.listTodos({ filter: JSON.stringify(conditions), priority: 2, fields: [TodoField.Id, TodoField.Name] });
  assert.deepEqual(found.data.items, [{ id: todo.id, name: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await todos.listTodos({ limit: 1, cursor });
    names.push(...page.data.items.map((item) => item.name));
    cursor = page.data.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { headers: { "If-Match": made.headers.get("ETag")! } };
  assert.equal((await todos.updateTodo(todo.id, { done: true }, change)).data.done, true);
  await assert.rejects(todos.updateTodo(todo.id, { done: false }, change), { status: 412 });
  assert.equal((await todos.deleteTodo(todo.id)).status, 204);
}

void main();
