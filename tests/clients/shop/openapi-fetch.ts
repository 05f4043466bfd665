import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema";

type OrderNew = components["schemas"]["OrderNew"];
type Conditions = components["schemas"]["OrderFilter"];
const client = createClient<paths>({ baseUrl: process.env.BASE_URL });

const order = (orderNo: string, priority: number): OrderNew => ({
  customerId: "ada",
  orderNo,
  priority,
  status: "PAID",
  placedAt: "2026-11-28T08:00:00.000Z",
  total: { amount: 9.5, currency: "EUR" },
  items: [{ sku: "milk", quantity: priority }],
});

async function main() {
  const made = await client.POST("/orders", {
    body: order("milk", 2),
    params: { header: { "Idempotency-Key": "openapi-fetch" } },
  });
  assert.equal(made.response.status, 201);
  const milk = made.data!;
  await client.POST("/orders", { body: order("bread", 3) });

  const conditions: Conditions = { priority: { ge: 2 }, orderNo: { beginsWith: "m" } };
  const found = await client.GET("/orders", {
    params: { query: { filter: JSON.stringify(conditions), priority: 2, status: "PAID", fields: ["customerId", "orderNo"] } },
  });
  assert.deepEqual(found.data!.items, [{ customerId: milk.customerId, orderNo: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.GET("/orders", { params: { query: { limit: 1, cursor } } });
    names.push(...page.data!.items.map((item) => item.orderNo));
    cursor = page.data!.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { params: { path: { customerId: milk.customerId, orderNo: milk.orderNo }, header: { "If-Match": made.response.headers.get("ETag")! } } };
  const changed = await client.PATCH("/orders/{customerId}/{orderNo}", { ...change, body: { total: { amount: 12 } } });
  assert.deepEqual(changed.data!.total, { amount: 12, currency: "EUR" });
  const stale = await client.PATCH("/orders/{customerId}/{orderNo}", { ...change, body: { total: { amount: 1 } } });
  assert.equal(stale.error!.status, 412);
  const gone = await client.DELETE("/orders/{customerId}/{orderNo}", { params: { path: { customerId: milk.customerId, orderNo: milk.orderNo } } });
  assert.equal(gone.response.status, 204);
}

void main();
