"""Stand-ins for STS and AppSync, each a process of its own: `python -m bench.standins sts 10000`.

They answer at once and as cheaply as they can, so that what is measured is the other side. They
look at no signature, only that there is one by the session that STS gave out; the sandbox and its
tests see to correctness. GET /calls tells how often they were asked. The number is how many items
the table behind an index has.
"""

import asyncio
import json
import random
import re
import sys
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from bench.shop_items import (
    customer,
    orders_with_customers,
    paid_orders,
    post,
    posts_with_authors,
    reply_json,
)

TABLE_ITEMS = 10_000
MATCHES = 100
TOKEN = "FwoGZXIvYXdzEBAaD" + "x" * 600  # as long as a real one
_FIELDS = "createTodo|getTodo|listTodos|getPost|listPosts|getCustomer|listOrders|ordersByStatus"
_ROOT = re.compile(rf"(?:(\w+): *)?({_FIELDS}) *\(([^)]*)\)")
_ARGUMENT = re.compile(r"(\w+): *\$(\w+)")

Answer = Callable[[str, bytes], tuple[int, str, bytes]]


def main() -> None:
    """Serves until killed; the first line of output is the URL."""
    service: Service = {"sts": Sts, "appsync": AppSync}[sys.argv[1]](int(sys.argv[2]))
    asyncio.run(serve(service))


class Service:
    """Counts its calls; a subclass answers them.

    Args:
        table_items: How many items the table behind an index has.
    """

    def __init__(self, table_items: int) -> None:
        self.calls = 0
        self.table_items = table_items

    def answer(self, head: str, body: bytes) -> tuple[int, str, bytes]:
        """Returns status, content type and body of the reply."""
        if head.startswith("GET /calls "):
            return 200, "application/json", str(self.calls).encode()
        self.calls += 1
        if "AWS4-HMAC-SHA256" not in head:
            return 403, "application/json", b'{"errors":[{"errorType":"MissingSignature"}]}'
        return self.reply(head, body)

    def reply(self, head: str, body: bytes) -> tuple[int, str, bytes]:
        """Returns status, content type and body for a signed call."""
        raise NotImplementedError


class Sts(Service):
    """Answers AssumeRole, whoever asks."""

    def reply(self, _: str, body: bytes) -> tuple[int, str, bytes]:
        """Returns a new session's credentials."""
        if b"Action=AssumeRole" not in body:
            return 400, "text/xml", b"<ErrorResponse/>"
        ends = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        xml = (
            '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            "<AssumeRoleResult><AssumedRoleUser>"
            "<AssumedRoleId>AROAEXAMPLEEXAMPLE000:appsync-rest</AssumedRoleId>"
            "<Arn>arn:aws:sts::222222222222:assumed-role/TodoCrossAccountRole/appsync-rest</Arn>"
            "</AssumedRoleUser><Credentials>"
            f"<AccessKeyId>ASIA{self.calls:016}</AccessKeyId>"
            f"<SecretAccessKey>{'s' * 40}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken>"
            f"<Expiration>{ends}</Expiration></Credentials></AssumeRoleResult>"
            f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
            "</AssumeRoleResponse>"
        )
        return 200, "text/xml", xml.encode()


class AppSync(Service):
    """Answers creates, gets and lists of Todo, and what the shop is asked, under any aliases."""

    def reply(self, head: str, body: bytes) -> tuple[int, str, bytes]:
        """Returns a GraphQL reply."""
        if TOKEN not in head:
            return 403, "application/json", b'{"errors":[{"errorType":"NoSession"}]}'
        document = json.loads(body)
        variables = document["variables"]
        parts = [
            f'"{key}":{value(field, names, variables, self.table_items)}'
            for key, field, names in roots(document["query"])
        ]
        text = f'{{"data":{{{",".join(parts)}}}}}'
        return 200, "application/json;charset=UTF-8", text.encode()


@lru_cache(maxsize=256)
def roots(query: str) -> tuple[tuple[str, str, dict[str, str]], ...]:
    """Returns for each root field its response key, its name and the variables of its arguments."""
    return tuple(
        (alias or field, field, dict(_ARGUMENT.findall(arguments)))
        for alias, field, arguments in _ROOT.findall(query)
    )


def value(
    field: str, names: Mapping[str, str], variables: Mapping[str, Any], table_items: int
) -> str:
    """Returns a root field's value as JSON."""
    given: dict[str, Any] = {name: variables.get(variable) for name, variable in names.items()}
    if field == "createTodo":
        return reply_json(item(**given["input"]))
    if field == "getTodo":
        return reply_json(item(given["id"], "milk", priority=3))
    if field in {"getPost", "getCustomer"}:
        return reply_json(post(1) if field == "getPost" else customer(1))
    if field == "listPosts":
        return posts_with_authors(given["limit"])
    if field == "listOrders":
        return orders_with_customers(given["limit"])
    if field == "ordersByStatus":
        return paid_orders(int(given.get("nextToken") or 0), given["limit"], table_items)
    condition = json.dumps(given.get("filter"), sort_keys=True)
    return page(int(given.get("nextToken") or 0), given.get("limit") or 100, condition)


def item(id: str = "", name: str = "", **fields: Any) -> dict[str, Any]:  # noqa: A002 - its name
    """Returns a Todo as AppSync writes it."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": id or str(uuid.uuid4()),
        "name": name,
        "description": None,
        "done": None,
        "priority": None,
        "dueAt": None,
        **fields,
        "createdAt": now,
        "updatedAt": now,
    }


@lru_cache(maxsize=1)
def table() -> list[dict[str, Any]]:
    """Returns the items; those that are done lie anywhere, but always the same."""
    done = set(random.Random(1).sample(range(TABLE_ITEMS), MATCHES))
    return [
        item(str(uuid.UUID(int=index)), f"todo {index}", done=index in done, priority=index % 10)
        for index in range(TABLE_ITEMS)
    ]


@lru_cache(maxsize=256)
def page(start: int, limit: int, condition: str) -> str:
    """Returns a connection as JSON: like DynamoDB, it limits first and filters then."""
    end = start + limit
    read = table()[start:end]
    wanted = json.loads(condition)
    if wanted is not None:
        ((field, operator),) = wanted.items()
        read = [each for each in read if each[field] == operator["eq"]]
    return reply_json({"items": read, "nextToken": str(end) if end < TABLE_ITEMS else None})


async def serve(service: Service) -> None:
    """Serves on a free port of loopback."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(Connection, service.answer), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


class Connection(asyncio.Protocol):
    """Reads requests with a Content-Length, one after another, and keeps the connection."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._received = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes the connection."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers every request that is complete."""
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            text = head.decode("latin-1")
            length = re.search(r"(?i)\r\ncontent-length: *(\d+)", text)
            size = int(length[1]) if length else 0
            if len(rest) < size:
                return
            self._received = rest[size:]
            status, kind, body = self._answer(text, rest[:size])
            frame = f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
            self._transport.write(frame.encode() + b"\r\n\r\n" + body)


if __name__ == "__main__":
    main()
