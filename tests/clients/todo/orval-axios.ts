import assert from "node:assert/strict";
import axios from "axios";
import { getAppsyncRest } from "./generated/api";
import type { TodoFilter } from "./generated/api";

axios.defaults.baseURL = process.env.BASE_URL;
// As a list is repeated elsewhere: `fields=id&fields=name`, without brackets.
axios.defaults.paramsSerializer = { indexes: null };
const { createTodo, deleteTodo, listTodos, updateTodo } = getAppsyncRest();

async function main() {
  const key = { headers: { "Idempotency-Key": "orval-axios" } };
  const made = await createTodo({ name: "milk", priority: 2 }, key);
  assert.equal(made.status, 201);
  const todo = made.data;
  await createTodo({ name: "bread", priority: 3 });

  const conditions: TodoFilter = { priority: { ge: 2 }, name: { beginsWith: "m" } };
  const found = await listTodos({ filter: JSON.stringify(conditions), priority: 2, fields: ["id", "name"] });
  assert.deepEqual(found.data.items, [{ id: todo.id, name: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTodos({ limit: 1, cursor });
    names.push(...page.data.items.map((item) => item.name));
    cursor = page.data.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { headers: { "If-Match": made.headers["etag"] } };
  assert.equal((await updateTodo(todo.id, { done: true }, change)).data.done, true);
  await assert.rejects(updateTodo(todo.id, { done: false }, change), { status: 412 });
  assert.equal((await deleteTodo(todo.id)).status, 204);
}

void main();
