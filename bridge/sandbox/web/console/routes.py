"""The page's files, and what it asks for beside the events and the faults under /_admin."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bridge.files import FileFault
from bridge.sandbox.appsync import AdminRule
from bridge.sandbox.dynamodb.store import Store
from bridge.sandbox.identity.accounts import Accounts
from bridge.sandbox.identity.directory import Directory
from bridge.sandbox.web.console.policies import policies_in_force
from bridge.sandbox.web.json_reply import JsonReply
from bridge.sandbox.web.recorder import Recorder
from bridge.sandbox.web.tables import place_of

_PAGE = Path(__file__).parent / "page"
_ITEMS = 50


class _PageFiles(StaticFiles):
    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(directory=_PAGE, html=True)
        self._headers = headers

    def file_response(self, *args: Any, **keywords: Any) -> Response:
        response = super().file_response(*args, **keywords)
        response.headers.update(self._headers)
        return response


@dataclass(frozen=True)
class Console:
    """The page and what it shows.

    Attributes:
        accounts: The files' roles, policies and admin list.
        directory: Tells a trust policy as IAM keeps it.
        admin_rule: How Amplify's resolvers match the admin list.
        store: The tables.
        recorder: What was asked of account B.
        gateway_url: Account A's REST API, whose document has an example for each empty table.
    """

    accounts: Accounts
    directory: Directory
    admin_rule: AdminRule
    store: Store
    recorder: Recorder
    gateway_url: str

    @property
    def headers(self) -> Mapping[str, str]:
        """Returns the headers of each reply.

        Items, ids and session names are clients' text. The page writes them as text alone; should
        it ever fail to, the browser runs no script but the page's own files.
        """
        policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return {
            "Content-Security-Policy": f"{policy}; connect-src 'self' {self.gateway_url}",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        }

    def routes(self) -> list[BaseRoute]:
        """Returns the routes, all under /console."""
        return [
            Route("/console/data/policies", self._policies, methods=["GET"]),
            Route("/console/data/documents/{request}", self._document, methods=["GET"]),
            Route("/console/data/tables", self._tables, methods=["GET"]),
            Route("/console/data/tables/{table}", self._items, methods=["GET"]),
            Mount("/console", _PageFiles(self.headers)),
        ]

    async def _policies(self, _request: Request) -> Response:
        """Tells the policies in force and the admin list."""
        try:
            self.directory.refresh()
            policies = policies_in_force(self.accounts, self.directory)
            admin_roles = self.accounts.admin_roles
        except FileFault as fault:
            return self._json({"error": str(fault)}, 500)
        return self._json(
            {
                "policies": policies,
                "adminRoles": admin_roles,
                "adminRule": self.admin_rule.value,
            }
        )

    async def _document(self, request: Request) -> Response:
        """Tells the GraphQL of a request by AppSync's id of it; null where none is kept."""
        asked = self.recorder.document(request.path_params["request"])
        document = asked and {"query": asked.query, "variables": asked.variables}
        return self._json({"document": document})

    async def _tables(self, _request: Request) -> Response:
        """Tells each table's size, its key and those of its indexes."""
        tables = await run_in_threadpool(self.store.tables)
        listed = [
            {
                "name": it.name,
                "items": it.items,
                "bytes": it.bytes,
                "key": it.key,
                "indexes": [{"name": name, "key": key} for name, key in it.indexes.items()],
            }
            for it in tables
        ]
        return self._json({"tables": listed, "gateway": self.gateway_url})

    async def _items(self, request: Request) -> Response:
        """Tells a table's next items, those after the place that the page before ended at.

        Each has its own place, by which it can be changed where the table's key is known.
        """
        try:
            after = bytes.fromhex(request.query_params.get("after", "")) or None
        except ValueError:
            return self._json({"error": "after must be hexadecimal"}, 400)
        name = request.path_params["table"]
        page = await run_in_threadpool(self.store.scan, name, after, _ITEMS)
        table = self.store.table(name)
        places = [place_of(table, item) for item in page.items] if table else []
        last = page.last.hex() if page.last else None
        return self._json({"items": page.items, "places": places, "last": last})

    def _json(self, document: Any, status: int = 200) -> Response:
        return JsonReply(document, status, self.headers)
