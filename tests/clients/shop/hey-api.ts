import assert from "node:assert/strict";
import { client } from "./generated/client.gen";
import { createOrder, deleteOrder, listOrders, updateOrder } from "./generated";
import type { OrderFilter, OrderNew } from "./generated";

client.setConfig({ baseUrl: process.env.BASE_URL });

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
  const made = await createOrder({
    body: order("milk", 2),
    headers: { "Idempotency-Key": "hey-api" },
  });
  assert.equal(made.response!.status, 201);
  const milk = made.data!;
  await createOrder({ body: order("bread", 3) });

  const conditions: OrderFilter = { priority: { ge: 2 }, orderNo: { beginsWith: "m" } };
  const found = await listOrders({
    query: { filter: JSON.stringify(conditions), priority: 2, status: "PAID", fields: ["customerId", "orderNo"] },
  });
  assert.deepEqual(found.data!.items, [{ customerId: milk.customerId, orderNo: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listOrders({ query: { limit: 1, cursor } });
    names.push(...page.data!.items.map((item) => item.orderNo));
    cursor = page.data!.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { path: { customerId: milk.customerId, orderNo: milk.orderNo }, headers: { "If-Match": made.response!.headers.get("ETag")! } };
  assert.deepEqual((await updateOrder({ ...change, body: { total: { amount: 12 } } })).data!.total, { amount: 12, currency: "EUR" });
  const stale = await updateOrder({ ...change, body: { total: { amount: 1 } } });
  assert.equal(stale.response!.status, 412);
  assert.equal((await deleteOrder({ path: { customerId: milk.customerId, orderNo: milk.orderNo } })).response!.status, 204);
}

void main();
