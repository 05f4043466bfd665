"""Account B's identity policy: whether the role may use each field that the REST API needs."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bridge.compiler.grants import reachable_fields
from bridge.compiler.served import served_fields
from bridge.doctor import decisions, mending
from bridge.doctor.account_b import ApiFacts, RoleFacts
from bridge.doctor.checks import api
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.probes import Outcome
from bridge.iam import PolicyError, Reason, Source

CHECK = "account B's identity policy"
_SOURCE = "https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html"
_API_ARN = re.compile(
    r"arn:[^:]*:appsync:(?P<region>[^:]*):(?P<account>[^:]*):apis/(?P<api>[^/]+)(?P<rest>.*)"
)
_MAY_WRITE = "MayWrite"
_FIELD = re.compile(r"/types/(?P<type>[^/]+)/fields/[^/]+")


def check(look: Look, earlier: Sequence[Finding]) -> Finding:
    """Returns whether the policy allows every field; what AppSync did outweighs what it says."""
    if any(each.check == api.CHECK and each.status is Status.BROKEN for each in earlier):
        # Another Region or API than is meant, which a policy cannot name.
        return behind(CHECK)
    needed = [f"{parent}.{name}" for parent, name in _needed(look)]
    asked = {answer.name: answer for answer in look.answers}
    outcomes = {name: answer.outcome for name, answer in asked.items()}
    refused = {name for name, outcome in outcomes.items() if outcome is Outcome.DENIED}
    let_in = {
        name
        for name, outcome in outcomes.items()
        if outcome not in (Outcome.DENIED, Outcome.FAILED, Outcome.UNASKED)
    }
    words = tuple(f"{name}: {asked[name].said}" for name in needed if name in refused)
    judged = _judged(look, needed)
    if isinstance(judged, PolicyError):
        return _broken(look, f"AWS would refuse it: {judged}.", words)
    if judged is None:
        return _unseen(look, needed, refused, words, proven=len(let_in) == len(needed))
    denied = [name for name in needed if (name in judged or name in refused) and name not in let_in]
    if not denied:
        return Finding(CHECK, Status.OK, "It allows every field that the REST API needs.")
    if read_only := _read_only(look, needed, denied, words):
        return read_only
    if not any(name in judged for name in denied):
        return _broken(look, "AppSync refuses what the policy allows.", words)
    summary, evidence = _cause(look, needed, denied)
    return _broken(look, summary, (*words, *evidence))


def _needed(look: Look) -> Iterator[tuple[str, str]]:
    for parent, names in reachable_fields(look.contract).items():
        for name in names:
            yield parent, name


def _writes(look: Look) -> frozenset[str]:
    return frozenset(
        f"{field.parent}.{field.name}" for field in served_fields(look.contract) if field.mutation
    )


def _judged(look: Look, needed: Sequence[str]) -> Sequence[str] | PolicyError | None:
    """Returns the fields that the policies do not allow; None where they cannot be seen."""
    role = look.role
    if not isinstance(role, RoleFacts) or not isinstance(look.api, ApiFacts):
        return None
    try:
        return [
            name
            for name in needed
            if not decisions.may_use(
                look, _arn(look, *name.split(".")), role.policies, role.boundary
            ).allowed
        ]
    except PolicyError as error:
        return error


def _arn(look: Look, parent: str, name: str) -> str:
    return f"{_api_arn(look)}/types/{parent}/fields/{name}"


def _api_arn(look: Look) -> str:
    role = look.made.assume_role_arn.split(":")
    api_id = look.api.api_id if isinstance(look.api, ApiFacts) else "API_ID"
    return f"arn:{role[1]}:appsync:{look.made.region}:{role[4]}:apis/{api_id}"


def _read_only(
    look: Look, needed: Sequence[str], denied: Sequence[str], words: tuple[str, ...]
) -> Finding | None:
    known = _writes(look)
    writes = [name for name in needed if name in known]
    if list(denied) != writes or len(writes) == len(needed):
        return None
    role = look.role if isinstance(look.role, RoleFacts) else None
    return Finding(
        CHECK,
        Status.WARNING,
        "The role may read, and may write nothing.",
        words or tuple(writes),
        mending.parameters(look, role, {"ReadOnly": "false"}, "If it is to write, say so."),
        _SOURCE,
    )


def _unseen(
    look: Look, needed: Sequence[str], refused: set[str], words: tuple[str, ...], *, proven: bool
) -> Finding:
    """Returns the finding where only what AppSync did is known."""
    if proven:
        return Finding(CHECK, Status.OK, "AppSync allowed every field.")
    if not refused and look.account_b is None and not look.answers:
        return Finding(CHECK, Status.SKIPPED, "Not looked at.", (str(look.role),))
    if not refused:
        return behind(CHECK)
    names = [name for name in needed if name in refused]
    if read_only := _read_only(look, needed, names, words):
        return read_only
    summary = (
        "AppSync refuses every field to the role."
        if len(names) == len(needed)
        else f"AppSync refuses {', '.join(names)} to the role."
    )
    possible = (
        "possible: the policy does not name them as apis/ID/types/TYPE/fields/FIELD",
        "possible: it names another API, Region or account",
        "possible: a permissions boundary or an organisation's policy (SCP)",
    )
    return _broken(look, summary, (*words, *possible))


def _cause(look: Look, needed: Sequence[str], denied: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Returns what is wrong with the policy, and what shows it."""
    role = look.role
    if not isinstance(role, RoleFacts) or not role.policies:
        return "The role has no identity policy.", ()
    first = _arn(look, *denied[0].split("."))
    decision = decisions.may_use(look, first, role.policies, role.boundary)
    if decision.reason is Reason.EXPLICIT_DENY and decision.statement is not None:
        place = f"{decision.statement.policy}.Statement[{decision.statement.index}]"
        return f"A statement denies {', '.join(denied)}.", (f"{place} denies",)
    if decision.reason is Reason.NO_SESSION_ALLOW:
        return f"The permissions boundary does not allow {', '.join(denied)}.", ()
    if decisions.closest(decision, Source.IDENTITY) is None:
        return "No statement allows appsync:GraphQL.", ()
    resources = list(_resources(role.policies))
    evidence = tuple(f"it names {resource}" for resource in resources)
    hints = [hint for hint in (_hint(look, each) for each in resources) if hint]
    if hints and (len(denied) == len(needed) or len(hints) < len(resources)):
        return hints[0], evidence
    return f"It does not name {', '.join(denied)}.", evidence


def _resources(policies: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for document in policies.values():
        for statement in mending.listed(document):
            if statement.get("Effect") == "Allow":
                yield from map(str, mending.listed(statement, "Resource"))


def _hint(look: Look, resource: str) -> str | None:
    """Returns what is wrong with one of a policy's resources, if anything is."""
    found = _API_ARN.fullmatch(resource)
    wanted = _API_ARN.fullmatch(_api_arn(look))
    if found is None or wanted is None:
        return None
    for part, name in (("region", "Region"), ("account", "account"), ("api", "API")):
        if found[part] not in (wanted[part], "*"):
            return f"It names another {name}: {found[part]}, not {wanted[part]}."
    rest = found["rest"]
    if not rest.startswith("/types/"):
        return "It names the API without `/types/…`, which grants nothing."
    if "/resolvers/" in rest:
        return "It names resolvers; AppSync asks about `fields`."
    field = _FIELD.match(rest)
    if field and rest != field[0]:
        return "It names something below a field, which grants nothing."
    kind = rest.removeprefix("/types/").partition("/")[0]
    if kind not in ("Query", "Mutation", "Subscription") and "*" not in kind:
        return f"It names the type {kind}; root fields are of Query and Mutation."
    return None


def _broken(look: Look, summary: str, evidence: tuple[str, ...]) -> Finding:
    return Finding(CHECK, Status.BROKEN, summary, evidence, _remedy(look), _SOURCE)


def _remedy(look: Look) -> Remedy:
    role = look.role if isinstance(look.role, RoleFacts) else None
    name = look.made.assume_role_arn.rpartition("/")[2]
    action = "Give the role in account B this identity policy."
    if role is None or role.declaration is None:
        statements = _statements(look, lambda rest: f"{_api_arn(look)}{rest}")
        return Remedy(action, (), (mending.put_policy(name, _document(statements)),))
    compiled = look.policies_compiled()
    if compiled is not None and _allows_all(look, compiled):
        return Remedy(
            f"Have the policy in {role.declaration.template} compiled anew.",
            (),
            (mending.compile_again(look),),
            "It is in force at the next request; nothing need be started anew.",
        )
    template = "arn:${AWS::Partition}:appsync:${AWS::Region}:${AWS::AccountId}:apis/${ApiId}"
    statements = _statements(look, lambda rest: {"Fn::Sub": f"{template}{rest}"})
    if _MAY_WRITE in role.declaration.conditions:
        # Whether the role may write stays the template's parameter to say.
        statements[1:] = [
            {"Fn::If": [_MAY_WRITE, each, {"Ref": "AWS::NoValue"}]} for each in statements[1:]
        ]
    policy = {"PolicyName": mending.POLICY_NAME, "PolicyDocument": _document(statements)}
    return mending.property_of(role, "Policies", [policy], action, ())


def _allows_all(look: Look, policies: Mapping[str, Mapping[str, Any]]) -> bool:
    boundary = look.role.boundary if isinstance(look.role, RoleFacts) else None
    arns = [_arn(look, parent, name) for parent, name in _needed(look)]
    return all(decisions.may_use(look, arn, policies, boundary).allowed for arn in arns)


def _statements(look: Look, resource: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Returns a statement for reading and one for writing, where there is something to write."""
    writes = _writes(look)
    needed: dict[str, list[Any]] = {"Read": [], "Write": []}
    for parent, name in _needed(look):
        kind = "Write" if f"{parent}.{name}" in writes else "Read"
        needed[kind].append(resource(f"/types/{parent}/fields/{name}"))
    return [
        {
            "Sid": f"{kind}TheApisFields",
            "Effect": "Allow",
            "Action": decisions.GRAPHQL,
            "Resource": resources,
        }
        for kind, resources in needed.items()
        if resources
    ]


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}
