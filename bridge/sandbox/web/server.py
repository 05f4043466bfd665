"""Account B as one process: what it is made of, and the server around it."""

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from bridge.files import FileFault
from bridge.project import Project
from bridge.sandbox.appsync import AppSyncApi
from bridge.sandbox.appsync.front import AppSyncFront
from bridge.sandbox.dynamodb.store import Store
from bridge.sandbox.exchange.faults import Faults
from bridge.sandbox.identity.accounts import Accounts
from bridge.sandbox.identity.changes import CHANGES_FILE
from bridge.sandbox.identity.directory import Directory
from bridge.sandbox.identity.saved_trust import STATE_FILE
from bridge.sandbox.identity.state import State, random_id, random_secret
from bridge.sandbox.management.appsync import AppSyncManagement
from bridge.sandbox.management.iam import Iam
from bridge.sandbox.management.owner import owner_of
from bridge.sandbox.settings import Settings
from bridge.sandbox.sts.service import Sts
from bridge.sandbox.web.admin import admin_routes
from bridge.sandbox.web.console import Console
from bridge.sandbox.web.deployed_api import DeployedApi, DeployedSchema
from bridge.sandbox.web.docs import docs_routes
from bridge.sandbox.web.endpoint import CuttableProtocol, Endpoint
from bridge.sandbox.web.recorder import Recorder
from bridge.sandbox.web.tables import table_routes
from bridge.source_credentials import (
    FILE_NAME,
    OWNER_FILE_NAME,
    SourceCredentials,
    read_source_credentials,
    write_source_credentials,
)

HOST = "127.0.0.1"
GATEWAY_URL = f"http://{HOST}:8000"
# Longer than clients keep an idle connection, so that it is they who end it.
_KEEP_ALIVE_SECONDS = 75
_SHUTDOWN_SECONDS = 3


class Sandbox:
    """Account B, and the IAM of account A, over the project's files and a state folder."""

    def __init__(
        self,
        project: Project,
        state: Path,
        stage: str,
        settings: Settings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        gateway_url: str = GATEWAY_URL,
    ) -> None:
        """Loads the files and opens the state.

        Args:
            project: Whose files it stands on.
            state: The folder for what outlives a run; made when it is missing.
            stage: The stage of Chalice that calls.
            settings: What the files do not say.
            clock: Returns the time as aware UTC.
            gateway_url: Account A's REST API, which the documentation page shows.

        Raises:
            FileFault: A file is missing or malformed.
        """
        self._gateway_url = gateway_url
        self.accounts = Accounts(project, stage, state / CHANGES_FILE)
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._state = State(state / STATE_FILE)
        self.store = Store.open(state / "store.sqlite3")
        try:
            owner = owner_of(_owners_credentials(state))
            principals = {**settings.principals, owner.access_key_id: owner}
            self.directory = Directory(self.accounts, self._state, principals, clock)
            self.source_credentials = self._source_credentials(state)
            api = DeployedApi(
                project.account_b,
                lambda schema: AppSyncApi(
                    schema,
                    self.store,
                    settings.admin_rule,
                    lambda: self.accounts.admin_roles,
                    clock=clock,
                    functions=project.account_b.functions,
                    conflict_handler=settings.conflict_handler,
                ),
                iam_by_default=settings.accepted_callers.iam_by_default,
            )
            self.assumptions = api().assumptions
            schema = DeployedSchema(project.account_b)
        except FileFault:
            self.close()
            raise
        self.faults = Faults(settings.faults)
        self.recorder = Recorder()
        self._console = Console(
            self.accounts,
            self.directory,
            settings.admin_rule,
            self.store,
            self.recorder,
            gateway_url,
        )
        self._sts = Sts(self.directory, clock, settings.sts_active)
        self._appsync = AppSyncFront(
            api, lambda: self.accounts.b.api_id, self.directory, settings.accepted_callers, clock
        )
        self._iam = Iam(self.accounts, self.directory, clock)
        self._management = AppSyncManagement(
            self.accounts,
            self.directory,
            schema,
            settings.accepted_callers,
            settings.conflict_handler,
            clock,
        )

    def close(self) -> None:
        """Closes the files of the state."""
        self._state.close()
        self.store.close()

    def application(self) -> Starlette:
        """Returns the ASGI application."""
        routes: list[BaseRoute] = [
            Route("/", _Root(Endpoint(self._sts, self.faults, self.recorder), self._gateway_url)),
            Route("/graphql", Endpoint(self._appsync, self.faults, self.recorder)),
            # The owner looks at the chain from beside it: no fault of it, and no part of its log.
            Route("/iam/", Endpoint(self._iam, Faults(()), Recorder())),
            Route("/v1/{path:path}", Endpoint(self._management, Faults(()), Recorder())),
            *admin_routes(self.faults, self.recorder),
            *table_routes(self.store),
            *self._console.routes(),
            *docs_routes(self._gateway_url),
        ]
        return Starlette(routes=routes)

    def _source_credentials(self, state: Path) -> SourceCredentials:
        kept = read_source_credentials(state) if (state / FILE_NAME).exists() else None
        session = self.directory.source_session(kept.access_key_id if kept else None)
        credentials = SourceCredentials(
            session.access_key_id, session.secret_access_key, session.session_token
        )
        if credentials != kept:
            write_source_credentials(state, credentials)
        return credentials


class _Root:
    """STS, which is asked at `/`; who asks nothing is shown the way to account A's page there."""

    def __init__(self, sts: Endpoint, gateway_url: str) -> None:
        self._sts = sts
        self._page = RedirectResponse(f"{gateway_url}/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asks = scope["query_string"] or scope["method"] not in {"GET", "HEAD"}
        await (self._sts if asks else self._page)(scope, receive, send)


def _owners_credentials(state: Path) -> SourceCredentials:
    """Returns the credentials of account B's owner, made when the state folder is new."""
    if (state / OWNER_FILE_NAME).exists():
        return read_source_credentials(state, OWNER_FILE_NAME)
    made = SourceCredentials(random_id("ASIA"), *random_secret())
    write_source_credentials(state, made, OWNER_FILE_NAME)
    return made


class Server(uvicorn.Server):
    """The HTTP server of a sandbox, on a socket that is already bound."""

    def __init__(
        self, sandbox: Sandbox, bound: socket.socket, on_ready: Callable[[], None]
    ) -> None:
        """Takes the sandbox, the socket, and what to do when requests are served."""
        super().__init__(
            uvicorn.Config(
                sandbox.application(),
                http=CuttableProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            )
        )
        self._bound = bound
        self._on_ready = on_ready

    def serve_forever(self) -> None:
        """Serves until `should_exit` is set, or a signal ends it."""
        asyncio.run(self.serve(sockets=[self._bound]))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to serve."""
        await super().startup(sockets)
        self._on_ready()


def bind(port: int) -> socket.socket:
    """Returns a socket bound to the loopback's port; 0 means a free one.

    Raises:
        OSError: The port is taken.
    """
    # asyncio turns Nagle's delay off (40 ms a reply) only where the protocol is named.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound
