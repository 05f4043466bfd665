import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema";

type Conditions = components["schemas"]["TodoFilter"];
const client = createClient<paths>({ baseUrl: process.env.BASE_URL });

async function main() {
  const made = await client.POST("/todos", {
    body: { name: "milk", priority: 2 },
    params: { header: { "Idempotency-Key": "openapi-fetch" } },
  });
  assert.equal(made.response.status, 201);
  const todo = made.data!;
  await client.POST("/todos", { body: { name: "bread", priority: 3 } });

  const conditions: Conditions = { priority: { ge: 2 }, name: { beginsWith: "m" } };
  const found = await client.GET("/todos", {
    params: { query: { filter: JSON.stringify(conditions), priority: 2, fields: ["id", "name"] } },
  });
  assert.deepEqual(found.data!.items, [{ id: todo.id, name: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.GET("/todos", { params: { query: { limit: 1, cursor } } });
    names.push(...page.data!.items.map((item) => item.name));
    cursor = page.data!.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { params: { path: { id: todo.id }, header: { "If-Match": made.response.headers.get("ETag")! } } };
  const changed = await client.PATCH("/todos/{id}", { ...change, body: { done: true } });
  assert.equal(changed.data!.done, true);
  const stale = await client.PATCH("/todos/{id}", { ...change, body: { done: false } });
  assert.equal(stale.error!.status, 412);
  const gone = await client.DELETE("/todos/{id}", { params: { path: { id: todo.id } } });
  assert.equal(gone.response.status, 204);
}

void main();
