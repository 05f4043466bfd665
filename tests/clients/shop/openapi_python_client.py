"""What openapi-python-client's client does with the shop's API; run by test_clients.py."""

import json
import os
from datetime import UTC, datetime

from shop_client import Client
from shop_client.api.orders import create_order, delete_order, list_orders, update_order
from shop_client.models import (
    LineItemInput,
    MoneyInput,
    MoneyInputPatch,
    OrderNew,
    OrderPatch,
    OrderStatus,
)

client = Client(base_url=os.environ["BASE_URL"])


def order(order_no: str, priority: int) -> OrderNew:
    """Returns a new order."""
    return OrderNew(
        customer_id="ada",
        order_no=order_no,
        priority=priority,
        status=OrderStatus.PAID,
        placed_at=datetime(2026, 11, 28, 8, tzinfo=UTC),
        total=MoneyInput(amount=9.5, currency="EUR"),
        items=[LineItemInput(sku="milk", quantity=priority)],
    )


made = create_order.sync_detailed(
    client=client, body=order("milk", 2), idempotency_key="openapi-python-client"
)
assert made.status_code == 201
assert create_order.sync_detailed(client=client, body=order("bread", 3)).status_code == 201

conditions = json.dumps({"priority": {"ge": 2}, "orderNo": {"beginsWith": "m"}})
found = list_orders.sync(
    client=client, filter_=conditions, priority=2, status=OrderStatus.PAID
).items
assert [(each.customer_id, each.order_no) for each in found] == [("ada", "milk")]

names = []
more: dict[str, str] = {}
while True:
    page = list_orders.sync(client=client, limit=1, **more)
    names += [each.order_no for each in page.items]
    if not page.next_cursor:
        break
    more = {"cursor": page.next_cursor}
assert sorted(names) == ["bread", "milk"]

tag = made.headers["ETag"]


def change(amount: float):
    """Returns the answer to a change under the first ETag."""
    body = OrderPatch(total=MoneyInputPatch(amount=amount))
    return update_order.sync_detailed("ada", "milk", client=client, body=body, if_match=tag)


changed = change(12)
assert changed.status_code == 200
assert (changed.parsed.total.amount, changed.parsed.total.currency) == (12, "EUR")
assert change(1).status_code == 412
assert delete_order.sync_detailed("ada", "milk", client=client).status_code == 204
