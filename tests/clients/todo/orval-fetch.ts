import assert from "node:assert/strict";
import { createTodo, deleteTodo, listTodos, updateTodo } from "./generated/api";
import type { TodoFilter } from "./generated/api";

// Its fetch client asks the paths of a page's own origin; Node has none.
const send = globalThis.fetch;
globalThis.fetch = (path, init) => send(`${process.env.BASE_URL}${path}`, init);

async function main() {
  const key = { headers: { "Idempotency-Key": "orval-fetch", "Content-Type": "application/json" } };
  const made = await createTodo({ name: "milk", priority: 2 }, key);
  assert.equal(made.status, 201);
  assert(made.status === 201);
  const todo = made.data;
  await createTodo({ name: "bread", priority: 3 });

  const conditions: TodoFilter = { priority: { ge: 2 }, name: { beginsWith: "m" } };
  const found = await listTodos({
    filter: JSON.stringify(conditions),
    priority: 2,
    fields: ["id", "name"],
  });
  assert(found.status === 200);
  assert.deepEqual(found.data.items, [{ id: todo.id, name: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTodos({ limit: 1, cursor });
    assert(page.status === 200);
    names.push(...page.data.items.map((item) => item.name));
    cursor = page.data.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { headers: { "If-Match": made.headers.get("ETag")!, "Content-Type": "application/json" } };
  const changed = await updateTodo(todo.id, { done: true }, change);
  assert(changed.status === 200);
  assert.equal(changed.data.done, true);
  assert.equal((await updateTodo(todo.id, { done: false }, change)).status, 412);
  assert.equal((await deleteTodo(todo.id)).status, 204);
}

void main();
