import assert from "node:assert/strict";
import { Configuration, ResponseError, TodoField, TodosApi } from "./generated";
import type { TodoFilter } from "./generated";

const todos = new TodosApi(new Configuration({ basePath: process.env.BASE_URL }));

async function main() {
  const made = await todos.createTodoRaw({
    todoNew: { name: "milk", priority: 2 },
    idempotencyKey: "typescript-fetch",
  });
  assert.equal(made.raw.status, 201);
  const todo = await made.value();
  await todos.createTodo({ todoNew: { name: "bread", priority: 3 } });

  const conditions: TodoFilter = { priority: { ge: 2 }, name: { beginsWith: "m" } };
  const found = await todos.listTodosRaw({
    filter: JSON.stringify(conditions),
    priority: 2,
    fields: [TodoField.Id, TodoField.Name],
  });
  assert.deepEqual((await found.raw.json()).items, [{ id: todo.id, name: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await todos.listTodos({ limit: 1, cursor });
    names.push(...page.items.map((item) => item.name));
    cursor = page.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { id: todo.id, ifMatch: made.raw.headers.get("ETag")! };
  assert.equal((await todos.updateTodo({ ...change, todoPatch: { done: true } })).done, true);
  await assert.rejects(
    todos.updateTodo({ ...change, todoPatch: { done: false } }),
    (error: ResponseError) => error.response.status === 412,
  );
  assert.equal((await todos.deleteTodoRaw({ id: todo.id })).raw.status, 204);
}

void main();
