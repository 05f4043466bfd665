"""The implementations of the transport port that one suite holds to the same promises."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bridge.sandbox.appsync import AdminRule, AppSyncApi, load_schema
from bridge.sandbox.dynamodb.store import Store
from chalicelib.aws.appsync import AppSyncTransport
from chalicelib.aws.assumed_role import AssumedRole
from chalicelib.aws.credentials import source_credentials
from chalicelib.aws.signed_post import SignedPost
from chalicelib.config import Settings
from chalicelib.context import CallContext, Deadline
from chalicelib.contract.model import Resource, load_contract
from chalicelib.errors import UpstreamThrottled, UpstreamUnreachable
from chalicelib.graphql.documents import Root, several, single
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse
from chalicelib.graphql.transport import Transport
from tests.support.account_b import FakeTransport, Fault
from tests.support.sandbox import REGION, ROLE_ARN, RunningSandbox, sandbox_in_thread
from tests.support.todo import BUILT_SCHEMA

# What breaks: by its name, the fault of the sandbox and that of the fake.
TROUBLES: dict[str, tuple[dict[str, Any], Fault]] = {
    "throttle": ({"kind": "throttle"}, Fault(UpstreamThrottled("AppSync", "429"))),
    "error": (
        {"kind": "error", "status": 500},
        Fault(UpstreamUnreachable("AppSync", "status 500", sent=True)),
    ),
    "cut before": (
        {"kind": "cut_before"},
        Fault(UpstreamUnreachable("AppSync", "reset", sent=True)),
    ),
    "cut after": (
        {"kind": "cut_after"},
        Fault(UpstreamUnreachable("AppSync", "reset", sent=True), committed=True),
    ),
    "cut reply": (
        {"kind": "cut_reply"},
        Fault(UpstreamUnreachable("AppSync", "reset", sent=True), committed=True),
    ),
}


def root_of(
    resource: Resource, kind: str, fields: tuple[str, ...], *, conditional: bool = False
) -> Root:
    """Returns the root field of an operation of the resource, which selects these fields."""
    field = getattr(resource, kind)
    arguments = [name for name in field.arguments if conditional or name != "condition"]
    selection = f"{{ {' '.join(fields)} }}"
    if kind == "list":
        selection = f"{{ items {selection} nextToken }}"
    return Root(field, tuple(arguments), selection)


@dataclass(frozen=True)
class Port:
    """A transport under test.

    Attributes:
        transport: The implementation.
        break_next: Makes the next request fail in the way of this name.
        todo: The resource whose documents are sent.
    """

    transport: Transport
    break_next: Callable[[str], None]
    todo: Resource

    def send(
        self, kind: str, fields: tuple[str, ...], conditional: bool = False, **variables: Any
    ) -> GraphQLResponse:
        """Returns the reply to a document with this one operation."""
        root = root_of(self.todo, kind, fields, conditional=conditional)
        return self.execute(GraphQLRequest(single(root), variables))

    def send_together(self, kinds: list[str], fields: tuple[str, ...], **variables: Any) -> Any:
        """Returns the reply to a document with these operations, aliased r0, r1 and so on."""
        roots = tuple(root_of(self.todo, kind, fields) for kind in kinds)
        return self.execute(GraphQLRequest(several(roots), variables))

    def execute(self, request: GraphQLRequest, seconds: float = 60.0) -> GraphQLResponse:
        """Returns the reply to a request that has this long."""
        context = CallContext(f"contract-{uuid.uuid4()}", Deadline.after(seconds))
        return self.transport.execute(request, context)

    def create(self, **fields: Any) -> str:
        """Returns the id of a new todo."""
        new_id = str(uuid.uuid4())
        values = {"id": new_id, "name": "milk", **fields}
        reply = self.send("create", ("id",), input=values)
        assert reply.errors == ()
        return new_id

    def read(self, item_id: str) -> Any:
        """Returns the id and the name of a todo, None where there is none."""
        reply = self.send("get", ("id", "name"), id=item_id)
        assert reply.errors == ()
        assert reply.data is not None
        return reply.data["getTodo"]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox over copies of the project's own files."""
    with sandbox_in_thread(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


def _fake() -> Iterator[Port]:
    store = Store.open(":memory:")
    try:
        schema = BUILT_SCHEMA.read_text(encoding="utf-8")
        transport = FakeTransport(AppSyncApi(load_schema(schema), store, AdminRule.IAM, list))
        (todo,) = load_contract().resources
        yield Port(transport, lambda name: transport.faults.append(TROUBLES[name][1]), todo)
    finally:
        store.close()


def _signed(sandbox: RunningSandbox) -> Iterator[Port]:
    own = sandbox.source_credentials
    settings = Settings.from_environ(
        {
            "ASSUME_ROLE_ARN": ROLE_ARN,
            "REGION": REGION,
            "APPSYNC_URL": sandbox.graphql_url,
            "AWS_ENDPOINT_URL_STS": sandbox.url,
            "AWS_ACCESS_KEY_ID": own.access_key_id,
            "AWS_SECRET_ACCESS_KEY": own.secret_access_key,
            "AWS_SESSION_TOKEN": own.session_token or "",
        }
    )
    post = SignedPost()
    role = AssumedRole(settings, post, source_credentials(settings))
    (todo,) = load_contract().resources

    def break_next(name: str) -> None:
        sandbox.set_faults({**TROUBLES[name][0], "target": "appsync", "count": 1})

    try:
        yield Port(AppSyncTransport(settings, post, role), break_next, todo)
    finally:
        sandbox.set_faults()
        post.close()


@pytest.fixture(params=["fake", "signed"])
def port(request: pytest.FixtureRequest) -> Iterator[Port]:
    """Each implementation in turn: the tests' fake, and the real one over a real sandbox."""
    if request.param == "fake":
        yield from _fake()
    else:
        yield from _signed(request.getfixturevalue("sandbox"))
