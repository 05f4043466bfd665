import assert from "node:assert/strict";
import { Api, OrderField, OrderStatus } from "./generated/api";
import type { OrderFilter, OrderNew } from "./generated/api";

const { orders } = new Api({ baseUrl: process.env.BASE_URL });

const order = (orderNo: string, priority: number): OrderNew => ({
  customerId: "ada",
  orderNo,
  priority,
  status: OrderStatus.PAID,
  placedAt: "2026-11-28T08:00:00.000Z",
  total: { amount: 9.5, currency: "EUR" },
  items: [{ sku: "milk", quantity: priority }],
});

async function main() {
  const made = await orders.createOrder(
    order("milk", 2),
    { headers: { "Idempotency-Key": "swagger-typescript-api" } },
  );
  assert.equal(made.status, 201);
  const milk = made.data;
  await orders.createOrder(order("bread", 3));

  const conditions: OrderFilter = { priority: { ge: 2 }, orderNo: { beginsWith: "m" } };
  const found = await orders.listOrders({ filter: JSON.stringify(conditions), priority: 2, status: OrderStatus.PAID, fields: [OrderField.CustomerId, OrderField.OrderNo] });
  assert.deepEqual(found.data.items, [{ customerId: milk.customerId, orderNo: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await orders.listOrders({ limit: 1, cursor });
    names.push(...page.data.items.map((item) => item.orderNo));
    cursor = page.data.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { headers: { "If-Match": made.headers.get("ETag")! } };
  assert.deepEqual((await orders.updateOrder(milk.customerId, milk.orderNo, { total: { amount: 12 } }, change)).data.total, { amount: 12, currency: "EUR" });
  await assert.rejects(orders.updateOrder(milk.customerId, milk.orderNo, { total: { amount: 1 } }, change), { status: 412 });
  assert.equal((await orders.deleteOrder(milk.customerId, milk.orderNo)).status, 204);
}

void main();
