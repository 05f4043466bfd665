import assert from "node:assert/strict";
import axios from "axios";
import { getAppsyncRest } from "./generated/api";
import type { OrderFilter, OrderNew } from "./generated/api";

axios.defaults.baseURL = process.env.BASE_URL;
// As a list is repeated elsewhere: `fields=id&fields=name`, without brackets.
axios.defaults.paramsSerializer = { indexes: null };
const { createOrder, deleteOrder, listOrders, updateOrder } = getAppsyncRest();

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
  const key = { headers: { "Idempotency-Key": "orval-axios" } };
  const made = await createOrder(order("milk", 2), key);
  assert.equal(made.status, 201);
  const milk = made.data;
  await createOrder(order("bread", 3));

  const conditions: OrderFilter = { priority: { ge: 2 }, orderNo: { beginsWith: "m" } };
  const found = await listOrders({ filter: JSON.stringify(conditions), priority: 2, status: "PAID", fields: ["customerId", "orderNo"] });
  assert.deepEqual(found.data.items, [{ customerId: milk.customerId, orderNo: "milk" }]);

  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listOrders({ limit: 1, cursor });
    names.push(...page.data.items.map((item) => item.orderNo));
    cursor = page.data.nextCursor;
  } while (cursor);
  assert.deepEqual(names.sort(), ["bread", "milk"]);

  const change = { headers: { "If-Match": made.headers["etag"] } };
  assert.deepEqual((await updateOrder(milk.customerId, milk.orderNo, { total: { amount: 12 } }, change)).data.total, { amount: 12, currency: "EUR" });
  await assert.rejects(updateOrder(milk.customerId, milk.orderNo, { total: { amount: 1 } }, change), { status: 412 });
  assert.equal((await deleteOrder(milk.customerId, milk.orderNo)).status, 204);
}

void main();
