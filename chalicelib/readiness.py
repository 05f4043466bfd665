"""The chain's links, as far as the Lambda can see them; /ready shows them, the doctor builds on it.

Nothing here helps a stranger: a link has a name and a status, no ARN and no text of AWS's.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.config import Settings
from chalicelib.context import CallContext
from chalicelib.contract.model import Contract
from chalicelib.errors import (
    ConfigurationError,
    CredentialError,
    FieldUnauthorized,
    GatewayError,
    TransportError,
)
from chalicelib.graphql.documents import Root, several
from chalicelib.graphql.messages import GraphQLRequest
from chalicelib.graphql.replies import read_item
from chalicelib.graphql.selections import key_selection
from chalicelib.graphql.transport import Transport
from chalicelib.rest.messages import RestRequest, RestResponse, json_response
from chalicelib.rest.problems import NOT_READY, problem_from_type, problem_type

if TYPE_CHECKING:  # the compiler reads the links' names here, and needs no HTTP client for it
    from chalicelib.aws.assumed_role import AssumedRole


class LinkStatus(StrEnum):
    """What is known of a link."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class Link(NamedTuple):
    """One link of the chain.

    Attributes:
        name: Which one.
        status: What is known of it.
        problem: The slug of the problem type that its failure has; None unless it is broken.
        error: What was raised; for the doctor and the log, never for a client.
        refused: The paths of the resources that the API's own rules refuse, where others are read.
    """

    name: str
    status: LinkStatus
    problem: str | None = None
    error: GatewayError | None = None
    refused: tuple[str, ...] = ()


class Chain(NamedTuple):
    """What the chain is made of once its settings are right."""

    settings: Settings
    role: "AssumedRole"
    transport: Transport


NAMES = ("settings", "authorizer", "assume-role", "appsync", "fields")


def check_chain(
    chain: Callable[[], Chain], contract: Contract, context: CallContext
) -> tuple[Link, ...]:
    """Returns every link; behind a broken one the others are unknown. Nothing is written.

    Args:
        chain: Gives the chain, or raises ConfigurationError.
        contract: Whose resources are each read once, under an id that no item has.
        context: The deadline that all links share.
    """
    links: list[Link] = []
    try:
        made = chain()
        links.append(Link("settings", LinkStatus.OK))
        open_to_all = made.settings.authorizer == "none"
        links.append(Link("authorizer", LinkStatus.WARNING if open_to_all else LinkStatus.OK))
        made.role.get(context)
        links.append(Link("assume-role", LinkStatus.OK))
        _read_nothing(made.transport, contract, context, links)
    except GatewayError as error:
        name = _broken_link(error, len(links))
        # A link that held a moment ago may break within a later one: it is told once.
        links = [link for link in links if link.name != name]
        links.append(Link(name, LinkStatus.BROKEN, problem_type(error).slug, error))
    seen = {link.name for link in links}
    links.extend(Link(name, LinkStatus.UNKNOWN) for name in NAMES if name not in seen)
    return tuple(links)


def respond(chain: Callable[[], Chain], contract: Contract, request: RestRequest) -> RestResponse:
    """Answers GET /ready: 200, or 503 with the broken link; either says what was not asked."""
    links = check_chain(chain, contract, request.context)
    unchecked = list(_unchecked(contract))
    shown = [
        {
            "link": link.name,
            "status": link.status.value,
            **({"problem": link.problem} if link.problem else {}),
            **({"refused": list(link.refused)} if link.refused else {}),
        }
        for link in links
    ]
    if any(link.status is LinkStatus.BROKEN for link in links):
        extra = {"links": shown, "unchecked": unchecked}
        return problem_from_type(NOT_READY, request, extra=extra)
    ready = {"status": "ready", "links": shown, "unchecked": unchecked}
    return json_response(200, ready, {"Cache-Control": "no-store"})


def _unchecked(contract: Contract) -> Iterator[str]:
    """Gives what the API has and no link asks for: kinds of requests, and paths without a read."""
    resources = contract.resources
    kinds = {
        "lists": any(each.access_paths for each in resources),
        "writes": any(each.create or each.update or each.delete for each in resources),
        "relations": any(each.relations for each in resources),
        "rpc": bool(contract.endpoints),
    }
    yield from (kind for kind, there in kinds.items() if there)
    yield from (f"/{each.path}" for each in resources if each.get is None or each.key is None)


def _read_nothing(
    transport: Transport, contract: Contract, context: CallContext, links: list[Link]
) -> None:
    """Reads a key that no item has from every resource; a null proves the way and the right."""
    probes = [
        (
            each.path,
            Root(each.get, tuple(each.get.arguments), key_selection(each)),
            each.key.nobody(each.types),
        )
        for each in contract.resources
        if each.get is not None and each.key is not None
    ]
    if not probes:
        return
    variables = {
        f"{name}{index}": value
        for index, (_, _, arguments) in enumerate(probes)
        for name, value in arguments.items()
    }
    document = several(tuple(root for _, root, _ in probes))
    response = transport.execute(GraphQLRequest(document, variables), context)
    links.append(Link("appsync", LinkStatus.OK))
    refusals: dict[str, FieldUnauthorized] = {}
    for index, (path, _, _) in enumerate(probes):
        try:
            read_item(response, f"r{index}")
        except FieldUnauthorized as error:
            refusals[f"/{path}"] = error
    if len(refusals) == len(probes):
        raise next(iter(refusals.values()))
    status = LinkStatus.WARNING if refusals else LinkStatus.OK
    links.append(Link("fields", status, refused=tuple(refusals)))


def _broken_link(error: GatewayError, known: int) -> str:
    if isinstance(error, ConfigurationError):
        return "settings"
    if isinstance(error, CredentialError):
        return "assume-role"
    if isinstance(error, TransportError) and error.service == "STS":
        return "assume-role"
    return NAMES[known]
