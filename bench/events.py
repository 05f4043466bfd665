"""The requests that are measured, as API Gateway's events."""

from typing import Any

from tests.e2e.support.lambda_function import proxy_event

BATCH_SIZE = 100
_TODO = {"name": "milk", "description": "two litres", "done": False, "priority": 3}

POST = proxy_event("POST", "/todos", None, None, None, _TODO)
GET = proxy_event(
    "GET", "/todos/{id}", {"id": "00000000-0000-0000-0000-000000000001"}, None, None, None
)
LIST = proxy_event("GET", "/todos", None, {"limit": "50"}, None, None)
PAGE = proxy_event("GET", "/todos", None, {"limit": "100", "done": "true"}, None, None)
BATCH = proxy_event(
    "POST",
    "/batch",
    None,
    None,
    None,
    {
        "requests": [
            {"id": str(number), "method": "POST", "path": "/todos", "body": _TODO}
            for number in range(BATCH_SIZE)
        ]
    },
)
# Of the shop: a list with a related item in each, and the single GET that it is held against.
_ID = {"id": "00000000-0000-0000-0000-000000000001"}
EXPANDED = {
    "plain": (
        proxy_event("GET", "/posts", None, {"limit": "50", "expand": "author"}, None, None),
        proxy_event("GET", "/posts/{id}", _ID, None, None, None),
    ),
    "nested": (
        proxy_event("GET", "/orders", None, {"limit": "50", "expand": "customer"}, None, None),
        proxy_event("GET", "/customers/{id}", _ID, None, None, None),
    ),
}
INDEX_PAGE = proxy_event("GET", "/orders", None, {"limit": "100", "status": "PAID"}, None, None)
WARM: dict[str, dict[str, Any]] = {"post": POST, "get": GET, "list": LIST}
