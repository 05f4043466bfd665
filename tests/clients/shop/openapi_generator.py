"""What openapi-generator's Python client does with the shop's API; run by test_clients.py."""

import json
import os
from contextlib import suppress

import openapi_client
from openapi_client import LineItemInput, MoneyInput, MoneyInputPatch, OrderNew, OrderPatch

configuration = openapi_client.Configuration(host=os.environ["BASE_URL"])
api = openapi_client.OrdersApi(openapi_client.ApiClient(configuration))


def order(order_no: str, priority: int) -> OrderNew:
    """Returns a new order."""
    return OrderNew(
        customer_id="ada",
        order_no=order_no,
        priority=priority,
        status="PAID",
        placed_at="2026-11-28T08:00:00.000Z",
        total=MoneyInput(amount=9.5, currency="EUR"),
        items=[LineItemInput(sku="milk", quantity=priority)],
    )


made = api.create_order_with_http_info(order("milk", 2), idempotency_key="openapi-generator")
assert made.status_code == 201
api.create_order(order("bread", 3))

conditions = json.dumps({"priority": {"ge": 2}, "orderNo": {"beginsWith": "m"}})
found = api.list_orders(filter=conditions, priority=2, status="PAID").items
assert [(each.customer_id, each.order_no) for each in found] == [("ada", "milk")]

names = []
cursor = None
while True:
    page = api.list_orders(limit=1, cursor=cursor)
    names += [each.order_no for each in page.items]
    cursor = page.next_cursor
    if cursor is None:
        break
assert sorted(names) == ["bread", "milk"]

tag = made.headers["ETag"]
more = OrderPatch(total=MoneyInputPatch(amount=12))
changed = api.update_order("ada", "milk", more, if_match=tag)
assert (changed.total.amount, changed.total.currency) == (12, "EUR")
with suppress(openapi_client.ApiException):
    api.update_order("ada", "milk", OrderPatch(total=MoneyInputPatch(amount=1)), if_match=tag)
assert api.get_order("ada", "milk").total.amount == 12, "a stale ETag was taken"
api.delete_order("ada", "milk")
assert [each.order_no for each in api.list_orders().items] == ["bread"]
