import assert from "node:assert/strict";
import { client } from "./generated/client.gen";
import { createTodo, deleteTodo, listTodos, updateTodo } from "./generated";
import type { TodoFilter } from "./generated";

client.setConfig({ baseUrl: process.env.BASE_URL });

async function main() {
  const made = await createTodo({
    body: { name: "milk", priority: 2 },
    headers: { "Idempotency-Key": "hey-api" },
  });
  assert.equal(made.response!.status, 201);
  const todo = made.data!;
  await createTodo({ body: { name: "bread", priority: 3 } });

  const conditions: TodoFilter = { priority: { ge: 2 }, name: { beginsWith: "m" } };
  const found = await listTodos({
    query: { filter: JSON.stringify(conditions), priority: 2, fields: ["id", "name"] },
  });
  assert.deepEqual(found.data!.items, [{ id: todo.id, name: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTodos({ query: { limit: 1, cursor } });
    names.push(...page.data!.items.map((item) => item.name));
    cursor = page.data!.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { path: { id: todo.id }, headers: { "If-Match": made.response!.headers.get("ETag")! } };
  assert.equal((await updateTodo({ ...change, body: { done: true } })).data!.done, true);
  const stale = await updateTodo({ ...change, body: { done: false } });
  assert.equal(stale.response!.status, 412);
  assert.equal((await deleteTodo({ path: { id: todo.id } })).response!.status, 204);
}

void main();
