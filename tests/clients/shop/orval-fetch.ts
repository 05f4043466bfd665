import assert from "node:assert/strict";
import { createOrder, deleteOrder, listOrders, updateOrder } from "./generated/api";
import type { OrderFilter, OrderNew } from "./generated/api";

// Its fetch client asks the paths of a page's own origin; Node has none.
const send = globalThis.fetch;
globalThis.fetch = (path, init) => send(`${process.env.BASE_URL}${path}`, init);

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
  const key = { headers: { "Idempotency-Key": "orval-fetch", "Content-Type": "application/json" } };
  const made = await createOrder(order("milk", 2), key);
  assert.equal(made.status, 201);
  assert(made.status === 201);
  const milk = made.data;
  await createOrder(order("bread", 3));

  const conditions: OrderFilter = { priority: { ge: 2 }, orderNo: { beginsWith: "m" } };
  const found = await listOrders({
    filter: JSON.stringify(conditions),
    priority: 2,
    status: "PAID",
    fields: ["customerId", "orderNo"],
  });
  assert(found.status === 200);
  assert.deepEqual(found.data.items, [{ customerId: milk.customerId, orderNo: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listOrders({ limit: 1, cursor });
    assert(page.status === 200);
    names.push(...page.data.items.map((item) => item.orderNo));
    cursor = page.data.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { headers: { "If-Match": made.headers.get("ETag")!, "Content-Type": "application/json" } };
  const changed = await updateOrder(milk.customerId, milk.orderNo, { total: { amount: 12 } }, change);
  assert(changed.status === 200);
  assert.deepEqual(changed.data.total, { amount: 12, currency: "EUR" });
  assert.equal((await updateOrder(milk.customerId, milk.orderNo, { total: { amount: 1 } }, change)).status, 412);
  assert.equal((await deleteOrder(milk.customerId, milk.orderNo)).status, 204);
}

void main();
