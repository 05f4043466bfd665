"""Everything that the checks look at, each of it looked at once and only when it is asked for."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

from graphql import GraphQLError, build_client_schema, get_introspection_query, print_schema

from bridge.doctor.account_b import (
    AccountB,
    AdminRoles,
    ApiFacts,
    CannotLookError,
    PolicySimulator,
    RoleFacts,
)
from bridge.doctor.denials import Denial, read_denial
from bridge.doctor.probes import Answer, Outcome, probes_for, read_answer
from bridge.doctor.wire import (
    Exchange,
    ObservedPost,
    Reach,
    StsError,
    asks_for_api_key,
    element,
    faults_on,
    reach,
    sts_error,
)
from bridge.files import FileFault, read_json
from bridge.project import Project, Stage
from chalicelib.aws.appsync import AppSyncTransport
from chalicelib.aws.assumed_role import AssumedRole
from chalicelib.aws.credentials import Credentials, source_credentials
from chalicelib.aws.signed_post import Endpoint
from chalicelib.config import Settings
from chalicelib.context import CallContext, Deadline
from chalicelib.contract.model import Contract
from chalicelib.errors import (
    ConfigurationError,
    CredentialError,
    GatewayError,
)
from chalicelib.graphql.messages import Document, GraphQLRequest, GraphQLResponse
from chalicelib.readiness import Chain, Link, check_chain

SECONDS = 10.0
T = TypeVar("T")


@dataclass(frozen=True)
class Identity:
    """Who the source credentials are, as GetCallerIdentity says."""

    arn: str
    user_id: str
    account: str


@dataclass(frozen=True)
class Function:
    """Account A's function, as both accounts' policies see it.

    Attributes:
        role_arn: Its role.
        session_arn: Its session, which is called like the function.
        unique_id: The role's id; None where it is not known.
        calls: Whether the source credentials are the function's role's own.
    """

    role_arn: str
    session_arn: str
    unique_id: str | None
    calls: bool

    @property
    def account(self) -> str:
        """Returns account A's id."""
        return self.role_arn.split(":")[4]


class Look:
    """One examination's view of the chain.

    Attributes:
        by: Who looks: "A" who calls, or "B" account B's owner.
    """

    by = "A"

    def __init__(
        self,
        project: Project,
        stage: Stage,
        environ: Mapping[str, str],
        contract: Contract,
        account_b: AccountB | None = None,
        simulator: Callable[[Credentials], PolicySimulator] | None = None,
        *,
        is_local: bool = False,
    ) -> None:
        """Takes where to look; looks at nothing yet.

        Args:
            project: The project's files.
            stage: The stage that calls.
            environ: What the function would find in its environment.
            contract: The REST API.
            account_b: What account B's owner sees, where that may be looked at.
            simulator: Makes IAM's simulator with the source credentials, where there is one.
            is_local: Whether account B is the sandbox, so that nothing is deployed.
        """
        self.project = project
        self.stage = stage
        self.environ = environ
        self.contract = contract
        self.account_b = account_b
        self.is_local = is_local
        self._simulator = simulator
        self.post = ObservedPost(environ.get("AWS_CA_BUNDLE", "").strip() or None)

    def close(self) -> None:
        """Closes the connections."""
        self.post.close()

    @cached_property
    def settings(self) -> Settings | ConfigurationError:
        """The function's settings, or all that is wrong with them."""
        try:
            return Settings.from_environ(self.environ)
        except ConfigurationError as error:
            return error

    @property
    def made(self) -> Settings:
        """The settings, for checks that are reached only when they are right."""
        if isinstance(self.settings, ConfigurationError):
            raise self.settings
        return self.settings

    @cached_property
    def sts_reach(self) -> Reach:
        """How far one gets towards STS."""
        return reach(self.made.sts_url, self.made.ca_bundle)

    @cached_property
    def appsync_reach(self) -> Reach:
        """How far one gets towards AppSync."""
        return reach(self.made.appsync_url, self.made.ca_bundle)

    @cached_property
    def source(self) -> Credentials | CredentialError:
        """The source credentials, or why there are none."""
        try:
            return source_credentials(self.made)()
        except CredentialError as error:
            return error

    @cached_property
    def identity(self) -> Identity | StsError | GatewayError:
        """Whose the source credentials are, or why STS does not say."""
        if isinstance(self.source, CredentialError):
            return self.source
        endpoint = Endpoint(
            "STS",
            self.made.sts_url,
            self.made.sts_region,
            "application/x-www-form-urlencoded; charset=utf-8",
        )
        body = urlencode({"Action": "GetCallerIdentity", "Version": "2011-06-15"}).encode()
        try:
            reply = self.post.send(endpoint, body, self.source, Deadline.after(SECONDS))
        except GatewayError as error:
            return error
        text = reply.body.decode("utf-8", "replace")
        values = [element(text, name) for name in ("Arn", "UserId", "Account")]
        if all(values):
            return Identity(*(value or "" for value in values))
        return sts_error(reply) or StsError("", f"status {reply.status} and no reply of STS's")

    @cached_property
    def sts_exchange(self) -> Exchange | None:
        """The exchange that GetCallerIdentity was."""
        _ = self.identity
        return self.post.asked("GetCallerIdentity")

    @property
    def function(self) -> Function | None:
        """Account A's function; None where its account is not known."""
        own = self.stage.role_arn
        identity = self.identity if isinstance(self.identity, Identity) else None
        if own is None and identity is None:
            return None
        partition = self.made.assume_role_arn.split(":")[1]
        account = own.split(":")[4] if own else (identity.account if identity else "")
        name = self.stage.role_name
        role_arn = own or f"arn:{partition}:iam::{account}:role/{name}"
        prefix = f"arn:{partition}:sts::{account}:assumed-role/{name}/"
        calls = identity is not None and identity.arn.startswith(prefix)
        return Function(
            role_arn=role_arn,
            session_arn=identity.arn if identity and calls else prefix + self.stage.function_name,
            unique_id=identity.user_id.partition(":")[0] if identity and calls else None,
            calls=calls,
        )

    @cached_property
    def _role(self) -> AssumedRole:
        source = self.source

        def credentials() -> Credentials:
            if isinstance(source, CredentialError):
                raise source
            return source

        return AssumedRole(self.made, self.post, credentials)

    @cached_property
    def assumed(self) -> Credentials | GatewayError:
        """Account B's role's credentials, or why there are none."""
        try:
            return self._role.get(self._context())
        except GatewayError as error:
            return error

    @property
    def assume_role_exchange(self) -> Exchange | None:
        """The exchange that AssumeRole was; None where it was not sent."""
        _ = self.assumed
        return self.post.asked("AssumeRole")

    @cached_property
    def assume_role_error(self) -> StsError | None:
        """STS's words to AssumeRole; None where it was allowed or never answered."""
        exchange = self.assume_role_exchange
        reply = exchange.reply if exchange else None
        return sts_error(reply) if reply else None

    @property
    def denial(self) -> Denial | None:
        """What AssumeRole was denied by; None where STS does not say, or denies another caller."""
        error, function = self.assume_role_error, self.function
        if error is None or error.code != "AccessDenied" or function is None or not function.calls:
            return None
        denial = read_denial(error.message)
        return denial if denial.kind is not None else None

    @cached_property
    def transport(self) -> AppSyncTransport:
        """The gateway's transport."""
        return AppSyncTransport(self.made, self.post, self._role)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What became of each probe; empty where there are no credentials to ask with."""
        if isinstance(self.assumed, GatewayError):
            return ()
        answers: list[Answer] = []
        for probe in probes_for(self.contract):
            if probe.request is None:
                text = "it takes no condition, so it cannot be asked harmlessly"
                if probe.endpoint:
                    text = "nobody but its owner knows a harmless request for it"
                unasked = Answer(probe.parent, probe.field, Outcome.UNASKED, message=text)
                answers.append(unasked)
                continue
            result = self.execute(probe.request)
            exchange = self.post.last("AppSync")
            answers.append(read_answer(probe, result, exchange.reply if exchange else None))
            if isinstance(result, GatewayError) and answers[-1].outcome is Outcome.FAILED:
                # What refuses one request before it is read refuses them all.
                break
        return tuple(answers)

    @property
    def asked(self) -> tuple[Answer, ...]:
        """The answers to what could be asked harmlessly."""
        return tuple(each for each in self.answers if each.outcome is not Outcome.UNASKED)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The chain as the gateway's own GET /ready sees it."""
        made = Chain(self.made, self._role, self.transport)
        return check_chain(lambda: made, self.contract, self._context())

    @cached_property
    def introspection(self) -> GraphQLResponse | GatewayError:
        """What the API says of its own schema."""
        query = get_introspection_query(descriptions=False)
        document = Document(query, "IntrospectionQuery", mutation=False)
        return self.execute(GraphQLRequest(document, {}))

    @property
    def answered_in_html(self) -> bool:
        """Whether the latest answer from the API's address is a page, where JSON belongs."""
        exchange = self.post.last("AppSync")
        reply = exchange.reply if exchange else None
        return reply is not None and reply.body.lstrip()[:1] == b"<"

    @cached_property
    def sandbox_faults(self) -> tuple[Mapping[str, Any], ...]:
        """The faults that are on in the sandbox; none where it does not say."""
        return faults_on(self.made.sts_url)

    @property
    def is_wired_by_hand(self) -> bool:
        """Whether this shell's own variables lead to the sandbox, and not the doctor's."""
        return "APPSYNC_URL" in os.environ

    @cached_property
    def takes_api_keys(self) -> bool | None:
        """Whether the API takes API keys; None where it does not answer."""
        return asks_for_api_key(self.made.appsync_url, self.made.ca_bundle)

    @cached_property
    def role(self) -> RoleFacts | CannotLookError | None:
        """Account B's role; None where there is none."""
        return self._ask(lambda account_b: account_b.role(self.made.assume_role_arn))

    @cached_property
    def role_names(self) -> tuple[str, ...] | CannotLookError:
        """The ARNs of account B's roles."""
        return self._ask(lambda account_b: account_b.role_names())

    def trust_under(self, parameters: Mapping[str, str]) -> Mapping[str, Any] | None:
        """Returns the trust policy under other parameters of the template, where it is known."""
        arn = self.made.assume_role_arn
        found = self._ask(lambda account_b: account_b.trust_under(arn, parameters))
        return None if isinstance(found, CannotLookError) else found

    def policies_compiled(self) -> Mapping[str, Mapping[str, Any]] | None:
        """Returns the role's identity policies once the template is compiled anew, where known."""
        arn = self.made.assume_role_arn
        found = self._ask(lambda account_b: account_b.policies_compiled(arn))
        return None if isinstance(found, CannotLookError) else found

    @cached_property
    def api(self) -> ApiFacts | CannotLookError | None:
        """The API; None where the endpoint is none of account B's."""
        return self._ask(lambda account_b: account_b.api(self.api_url))

    @property
    def api_url(self) -> str:
        """The API's own address, which a VPC endpoint's name stands in for."""
        host = self.made.appsync_host
        return f"https://{host}/graphql" if host else self.made.appsync_url

    @cached_property
    def admin_roles(self) -> AdminRoles | CannotLookError | None:
        """Amplify's list: the one in force where that can be seen, else the project's file."""
        first = next(iter(self.contract.resources), None)
        if isinstance(self.api, ApiFacts) and first is not None and first.get is not None:
            api, field = self.api, first.get.name
            found = self._ask(lambda account_b: account_b.admin_roles(api, field))
            if isinstance(found, AdminRoles) or self.is_local:
                return found
        return self._admin_roles_file()

    def execute(self, request: GraphQLRequest) -> GraphQLResponse | GatewayError:
        """Returns the reply to a request with the role's credentials, or why there is none."""
        try:
            return self.transport.execute(request, self._context())
        except GatewayError as error:
            return error

    def simulator(self) -> PolicySimulator | None:
        """Returns IAM's simulator in account A, where there is one."""
        if self._simulator is None or isinstance(self.source, CredentialError):
            return None
        return self._simulator(self.source)

    @property
    def schema_text(self) -> str | CannotLookError:
        """The API's schema as SDL, as introspection tells it."""
        reply = self.introspection
        if isinstance(reply, GatewayError):
            return CannotLookError(str(reply))
        if reply.data is None or reply.errors:
            said = (f"{each.error_type} {each.message}".strip() for each in reply.errors)
            return CannotLookError("; ".join(said))
        try:
            return print_schema(build_client_schema(dict(reply.data)))  # type: ignore[arg-type] # checked by it
        except (GraphQLError, TypeError, KeyError) as error:
            return CannotLookError(f"it is no schema: {error}")

    def _admin_roles_file(self) -> AdminRoles | CannotLookError | None:
        path = self.project.account_b.custom_roles
        shown = self.project.shown(path)
        if not path.exists():
            return None
        try:
            names: Any = read_json(path)["adminRoleNames"]
        except FileFault as fault:
            return CannotLookError(f"{shown}: {fault.fault}")
        except (KeyError, TypeError):
            return CannotLookError(f"{shown}: adminRoleNames is missing")
        if not isinstance(names, list):
            return CannotLookError(f"{shown}: adminRoleNames.map is not a function")
        return AdminRoles(tuple(map(str, names)), f"{shown}, this project's copy")

    def _ask(self, question: Callable[[AccountB], T]) -> T | CannotLookError:
        if self.account_b is None:
            return CannotLookError("account B's own facts need --profile-b")
        try:
            return question(self.account_b)
        except CannotLookError as error:
            return error

    def _context(self) -> CallContext:
        return CallContext("doctor", Deadline.after(SECONDS))
