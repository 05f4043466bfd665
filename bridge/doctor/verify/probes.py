"""The probes: each asks what this project counts on and could not try on AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from bridge.doctor import decisions, mending
from bridge.doctor.account_b import ApiFacts, RoleFacts
from bridge.doctor.findings import Finding, Remedy, Status
from bridge.doctor.look import Look
from bridge.doctor.probes import impossible
from bridge.doctor.verify.own_item import (
    NoItemError,
    OwnItem,
    creation,
    execute,
    own_item,
    read,
    suitable,
    versioned,
)
from bridge.doctor.verify.rest_api import CannotAskError, RestApi
from bridge.iam import PolicyError
from chalicelib.contract.model import Resource
from chalicelib.contract.types import type_ref
from chalicelib.errors import GatewayError
from chalicelib.graphql.documents import Root, single
from chalicelib.graphql.messages import GraphQLRequest
from chalicelib.graphql.selections import item_selection

# What a path has to carry in a key: each character that a URL gives a meaning to, and some beyond.
ENDINGS = (" b", "/b", "%2Fb", "+b", "?b#c", "&b=c;d", "äß€", "'(b)*", '"<b>"', ".", "\\b", "@:b")
_OK, _CREATED, _NO_CONTENT = 200, 201, 204
_REFUSED = (403, 404)


@dataclass(frozen=True)
class Asking:
    """What a probe is given.

    Attributes:
        look: The chain.
        api_url: Where the REST API is; None where that is not known.
    """

    look: Look
    api_url: str | None

    def rest(self) -> RestApi:
        """Returns the REST API; raises CannotAskError."""
        if self.api_url is None:
            raise CannotAskError("it needs --api-url, the deployed REST API's address")
        return RestApi(self.api_url, self.look)


@dataclass(frozen=True)
class VerifyingProbe:
    """One probe.

    Attributes:
        name: What it is about.
        counted_on: What this project takes for true.
        run: Returns what was seen; raises NoItemError or CannotAskError where it needs something.
    """

    name: str
    counted_on: str
    run: Callable[[Asking], Finding]


def path_parameters(asking: Asking) -> Finding:
    """Makes items of awkward keys, and asks for each by its percent-encoded path."""
    name, rest = PATH_PARAMETERS, asking.rest()
    resource = suitable(asking.look)
    seen, wrong = [], []
    for ending in ENDINGS:
        body = creation(resource, ending)
        names = resource.key.names if resource.key else ()
        path = "".join(f"/{quote(str(body[each]), safe='')}" for each in names)
        made = rest.send("POST", f"/{resource.path}", body)
        if made.status != _CREATED:
            raise NoItemError(f"an item could not be made: {made.status} {made.text[:200]}")
        try:
            answered = rest.send("GET", f"/{resource.path}{path}")
            same = answered.status == _OK and all(
                answered.member(each) == body[each] for each in names
            )
            seen.append(f"{ending!r}: {answered.status}{'' if same else ', another item or none'}")
            if not same:
                wrong.append(ending)
        finally:
            gone = rest.send("DELETE", f"/{resource.path}{path}")
            if gone.status != _NO_CONTENT:
                seen.append(f"{ending!r}: DELETE {gone.status}, the item {body} is still there")
    where = "API Gateway" if rest.is_api_gateway else "chalice local, which stands in for it"
    if not wrong:
        text = f"{where} hands path parameters over so that each key is found."
        return Finding(name, Status.OK, text, tuple(seen))
    return Finding(
        name,
        Status.BROKEN,
        f"{where} hands keys over changed: {', '.join(map(repr, wrong))}.",
        (*seen, "what follows: keys with these characters are not reached through a path"),
    )


def below_the_root(asking: Asking) -> Finding:
    """Reads a page and an item of its own as a role that is granted root fields alone."""
    look, name = asking.look, BELOW_THE_ROOT
    if isinstance(look.assumed, GatewayError):
        raise CannotAskError(f"it needs the role's credentials: {look.assumed}")
    resource = next((each for each in look.contract.resources if each.list), None)
    if resource is None or resource.list is None:
        raise CannotAskError("it needs a resource with a list")
    if _is_granted_types(look, resource):
        raise CannotAskError("it needs a role that is granted root fields alone (GrantTypes false)")
    variables = {"limit": 1} if "limit" in resource.list.arguments else {}
    selection = f"{{ items {item_selection(resource)} nextToken }}"
    request = GraphQLRequest(single(Root(resource.list, tuple(variables), selection)), variables)
    page = look.execute(request)
    seen = [f"{resource.list.parent}.{resource.list.name}: {_said(page)}"]
    refused = isinstance(page, GatewayError) or any(
        len(fault.path) > 1 and "nauthorized" in fault.error_type for fault in page.errors
    )
    try:
        with own_item(look, suitable(look)) as item:
            found = read(look, item)
            root = item.resource.get.name if item.resource.get else ""
            seen.append(f"Query.{root} of an item: {found if isinstance(found, str) else 'whole'}")
            refused = refused or (isinstance(found, str) and "nauthorized" in found)
    except NoItemError as error:
        seen.append(f"no item was read: {error}")
    if not isinstance(look.role, RoleFacts):
        seen.append("the role's policy was not seen: this proves nothing where GrantTypes is true")
    if not refused:
        text = "AppSync asks IAM about root fields alone: GrantTypes is not needed."
        return Finding(name, Status.OK, text, tuple(seen))
    wanted = {"GrantTypes": "true"}
    role = look.role if isinstance(look.role, RoleFacts) else None
    action = "Let account B's owner grant the types of results too."
    return Finding(
        name,
        Status.BROKEN,
        "AppSync refuses the role below the root.",
        tuple(seen),
        mending.parameters(look, role, wanted, action),
    )


def condition_beside_version(asking: Asking) -> Finding:
    """Updates an item of its own under its version and a condition that no item can meet."""
    look, name = asking.look, CONDITION_BESIDE_VERSION
    if isinstance(look.assumed, GatewayError):
        raise CannotAskError(f"it needs the role's credentials: {look.assumed}")
    resource = suitable(look, versioned=True)
    condition = impossible(resource)
    if resource.update is None or condition is None or not resource.update.takes_condition:
        raise NoItemError(f"it needs an update of {resource.name} that takes a condition")
    with own_item(look, resource) as item:
        before = read(look, item)
        if isinstance(before, str):
            raise NoItemError(f"the item cannot be read: {before}")
        given = {**_change(resource, item), **versioned(before, resource)}
        answer = execute(look, resource, resource.update, given, condition)
        after = read(look, item)
    seen = (
        f"{resource.update.name} under a condition that cannot hold: {_short(answer)}",
        f"the item is {'as it was' if after == before else 'another one'}",
    )
    if after == before and isinstance(answer, str) and "ConditionalCheckFailed" in answer:
        return Finding(name, Status.OK, "A condition holds beside `_version`.", seen)
    if after == before:
        text = "Nothing was written, and the answer is another one than the gateway knows."
        return Finding(name, Status.WARNING, text, seen)
    return Finding(
        name,
        Status.BROKEN,
        "A condition beside `_version` is not looked at: what it is to guard can be lost.",
        (*seen, "what follows: of this API's writes, If-Match alone is held"),
    )


def gateway_responses(asking: Asking) -> Finding:
    """Asks for what API Gateway itself refuses, and looks at how it says so."""
    name, rest = GATEWAY_RESPONSES, asking.rest()
    if not rest.is_api_gateway:
        raise CannotAskError("it needs API Gateway: --api-url of a deployed stage")
    answers = {
        "a path that there is not": rest.send("GET", "/doctor/has/no/such/path", signed=False),
        "a method that there is not": rest.send("LOCK", "/health", signed=False),
    }
    if asking.look.made.authorizer != "none" and asking.look.contract.resources:
        path = f"/{asking.look.contract.resources[0].path}"
        answers["no signature"] = rest.send("GET", path, signed=False)
    seen, wrong = [], []
    for what, answer in answers.items():
        kind = answer.headers.get("Content-Type", "none")
        seen.append(f"{what}: {answer.status} {kind} {answer.text[:200]}")
        if not (answer.status in _REFUSED and "problem+json" in kind and "arn:" not in answer.text):
            wrong.append(what)
    if not wrong:
        text = "API Gateway refuses in the API's own form, and names no ARN."
        return Finding(name, Status.OK, text, tuple(seen))
    return Finding(
        name,
        Status.BROKEN,
        f"API Gateway does not refuse in the API's form: {', '.join(wrong)}.",
        tuple(seen),
        Remedy(
            "`chalice deploy` sets no gateway responses: deploy as a stack, docs/deploy.md.",
            (),
            (f"make package STAGE={asking.look.stage.name}",),
        ),
    )


def introspection(asking: Asking) -> Finding:
    """Asks for the schema as a role whose policy names fields alone."""
    look, name = asking.look, INTROSPECTION
    if isinstance(look.assumed, GatewayError):
        raise CannotAskError(f"it needs the role's credentials: {look.assumed}")
    text = look.schema_text
    if isinstance(text, str):
        return Finding(
            name,
            Status.OK,
            "Introspection is answered to a role that may use fields alone.",
            (f"{len(text)} characters of SDL",),
        )
    return Finding(
        name,
        Status.WARNING,
        "Introspection is not answered to the role: the schema is taken over as its owner.",
        (str(text),),
        Remedy("`bridge pull` takes a file; `doctor --as-owner` compares what is deployed."),
    )


def _is_granted_types(look: Look, resource: Resource) -> bool:
    role, api = look.role, look.api
    if not isinstance(role, RoleFacts) or not isinstance(api, ApiFacts):
        return False
    parts = role.arn.split(":")
    arn = f"arn:{parts[1]}:appsync:{look.made.region}:{parts[4]}:apis/{api.api_id}"
    field = next(iter(resource.members), "id")
    below = f"{arn}/types/{resource.name}/fields/{field}"
    try:
        return decisions.may_use(look, below, role.policies, role.boundary).allowed
    except PolicyError:
        return False


def _change(resource: Resource, item: OwnItem) -> dict[str, object]:
    """Returns the input of an update that would show: a text that no sample is."""
    takes = resource.update.takes if resource.update else {}
    for member, text in takes.items():
        if member not in item.key and type_ref(text).name == "String":
            return {**item.key, member: "changed by the doctor"}
    raise NoItemError(f"it needs a text that an update of {resource.name} takes")


def _said(reply: object) -> str:
    if isinstance(reply, GatewayError):
        return str(reply)
    errors = getattr(reply, "errors", ())
    return "; ".join(f"{each.error_type} {each.message}" for each in errors) or "whole"


def _short(answer: object) -> str:
    return answer if isinstance(answer, str) else "written"


PATH_PARAMETERS = "path parameters"
BELOW_THE_ROOT = "IAM below the root"
CONDITION_BESIDE_VERSION = "condition beside _version"
GATEWAY_RESPONSES = "gateway responses"
INTROSPECTION = "introspection under field policies"
PROBES = (
    VerifyingProbe(
        PATH_PARAMETERS,
        "API Gateway hands path parameters over still encoded, each character of a key kept",
        path_parameters,
    ),
    VerifyingProbe(
        BELOW_THE_ROOT,
        "AppSync asks IAM about the fields of Query and Mutation, and no others",
        below_the_root,
    ),
    VerifyingProbe(
        CONDITION_BESIDE_VERSION,
        "a condition is looked at beside `_version`, and its failure writes nothing",
        condition_beside_version,
    ),
    VerifyingProbe(
        GATEWAY_RESPONSES,
        "what API Gateway itself refuses is application/problem+json without an ARN",
        gateway_responses,
    ),
    VerifyingProbe(
        INTROSPECTION,
        "introspection is answered to a role whose policy names fields alone",
        introspection,
    ),
)


def verify(asking: Asking) -> tuple[Finding, ...]:
    """Returns a finding for each probe; what needs something that is not there says so."""
    return tuple(_finding(probe, asking) for probe in PROBES)


def _finding(probe: VerifyingProbe, asking: Asking) -> Finding:
    try:
        return probe.run(asking)
    except (NoItemError, CannotAskError) as error:
        said = str(error)
        return Finding(probe.name, Status.SKIPPED, f"Not asked: {said}.")
