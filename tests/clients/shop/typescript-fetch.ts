import assert from "node:assert/strict";
import { Configuration, OrderField, OrdersApi, OrderStatus, ResponseError } from "./generated";
import type { OrderFilter, OrderNew } from "./generated";

const orders = new OrdersApi(new Configuration({ basePath: process.env.BASE_URL }));

const order = (orderNo: string, priority: number): OrderNew => ({
  customerId: "ada",
  orderNo,
  priority,
  status: OrderStatus.Paid,
  placedAt: new Date("2026-11-28T08:00:00.000Z"),
  total: { amount: 9.5, currency: "EUR" },
  items: [{ sku: "milk", quantity: priority }],
});

async function main() {
  const made = await orders.createOrderRaw({
    orderNew: order("milk", 2),
    idempotencyKey: "typescript-fetch",
  });
  assert.equal(made.raw.status, 201);
  const { customerId, orderNo } = await made.value();
  await orders.createOrder({ orderNew: order("bread", 3) });

  const conditions: OrderFilter = { priority: { ge: 2 }, orderNo: { beginsWith: "m" } };
  const found = await orders.listOrdersRaw({
    filter: JSON.stringify(conditions),
    priority: 2,
    status: OrderStatus.Paid,
    fields: [OrderField.CustomerId, OrderField.OrderNo],
  });
  assert.deepEqual((await found.raw.json()).items, [{ customerId, orderNo: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await orders.listOrders({ limit: 1, cursor });
    names.push(...page.items.map((item) => item.orderNo));
    cursor = page.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { customerId, orderNo, ifMatch: made.raw.headers.get("ETag")! };
  const changed = await orders.updateOrder({ ...change, orderPatch: { total: { amount: 12 } } });
  assert.deepEqual(changed.total, { amount: 12, currency: "EUR" });
  await assert.rejects(
    orders.updateOrder({ ...change, orderPatch: { total: { amount: 1 } } }),
    (error: ResponseError) => error.response.status === 412,
  );
  assert.equal((await orders.deleteOrderRaw({ customerId, orderNo })).raw.status, 204);
}

void main();
