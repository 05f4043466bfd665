"""An API over an in-memory store, with a clock that tests set."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bridge.sandbox.appsync import (
    AdminRule,
    AppSyncApi,
    ConflictHandler,
    GraphQLCaller,
    load_schema,
)
from bridge.sandbox.dynamodb.store import Store
from bridge.sandbox.exchange.messages import Reply
from bridge.sandbox.exchange.trace import ResolvedField
from tests.support.todo import BUILT_SCHEMA, PROJECT

TODO = BUILT_SCHEMA.read_text()
DATASTORE = (PROJECT / "tests/data/amplify/built-schema-datastore.graphql").read_text()
SHOP = PROJECT / "examples" / "shop"
SHOP_DATA = PROJECT / "tests" / "data" / "shop"
ADMIN = GraphQLCaller("arn:aws:sts::222222222222:assumed-role/TodoCrossAccountRole/appsync-rest")
STRANGER = GraphQLCaller("arn:aws:sts::222222222222:assumed-role/SomeOtherRole/appsync-rest")


@dataclass
class Harness:
    """One API and what is asked of it."""

    schema: str = TODO
    source: str | None = None
    functions: Path | None = None
    handler: ConflictHandler = ConflictHandler.OPTIMISTIC
    rule: AdminRule = AdminRule.CONTAINS
    roles: list[str] = field(default_factory=lambda: ["TodoCrossAccountRole"])
    now: datetime = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    resolved: list[ResolvedField] = field(default_factory=list)
    refused: set[tuple[str, str]] = field(default_factory=set)
    iam_by_default: bool = True

    def __post_init__(self) -> None:
        """Opens the store."""
        self.store = Store.open(":memory:")
        self.api = AppSyncApi(
            load_schema(self.schema, self.source, iam_by_default=self.iam_by_default),
            self.store,
            self.rule,
            lambda: self.roles,
            clock=lambda: self.now,
            functions=self.functions,
            conflict_handler=self.handler,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.store.close()

    def send(self, body: bytes, caller: GraphQLCaller = ADMIN) -> Reply:
        """Returns the reply to these bytes."""
        return self.api.execute(
            body, caller, lambda *place: place not in self.refused, self.resolved.append
        )

    def ask(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        caller: GraphQLCaller = ADMIN,
        operation_name: str | None = None,
    ) -> Any:
        """Returns the reply's body to this document."""
        request = {"query": query, "variables": variables, "operationName": operation_name}
        return json.loads(self.send(json.dumps(request).encode(), caller).body)

    def create(self, **given: Any) -> Any:
        """Returns the Todo made of these fields."""
        return self.ask(
            "mutation M($i: CreateTodoInput!) { createTodo(input: $i) { id name description done"
            " priority dueAt createdAt updatedAt } }",
            {"i": given},
        )["data"]["createTodo"]

    def update(self, condition: dict[str, Any] | None = None, **given: Any) -> Any:
        """Returns the whole body of an update's reply."""
        return self.ask(
            "mutation M($i: UpdateTodoInput!, $c: ModelTodoConditionInput)"
            " { updateTodo(input: $i, condition: $c) { id name description updatedAt } }",
            {"i": given, "c": condition},
        )

    def list_ids(self, filter_: dict[str, Any] | None = None, limit: int = 100) -> list[str]:
        """Returns the sorted ids of the first page."""
        page = self.page(filter=filter_, limit=limit)
        return sorted(item["id"] for item in page["items"])

    def page(self, **arguments: Any) -> Any:
        """Returns one page of the list."""
        return self.ask(
            "query L($filter: ModelTodoFilterInput, $limit: Int, $nextToken: String) { listTodos("
            "filter: $filter, limit: $limit, nextToken: $nextToken) { items { id } nextToken } }",
            arguments,
        )["data"]["listTodos"]

    def pass_time(self, milliseconds: int) -> None:
        """Sets the clock forward."""
        self.now += timedelta(milliseconds=milliseconds)


def shop(built: Path = SHOP / "built-schema.graphql", **settings: Any) -> Harness:
    """Returns the shop's API on an empty store; use it as a context manager."""
    return Harness(
        schema=built.read_text(),
        source=(SHOP / "schema.graphql").read_text(),
        functions=SHOP / "sandbox" / "functions.py",
        **settings,
    )


def error_type(body: Any) -> Any:
    """Returns the errorType of a body's only error."""
    (error,) = body["errors"]
    return error.get("errorType")


def message(body: Any) -> str:
    """Returns the text of a body's only error."""
    (error,) = body["errors"]
    return str(error["message"])
