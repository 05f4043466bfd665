"""Conflict resolution: whether account B's resolvers hold versions as the contract counts on it."""

from bridge.doctor import mending
from bridge.doctor.account_b import ApiFacts, CannotLookError
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.owners_look import OwnersLook

CHECK = "conflict resolution"
_SOURCE = (
    "https://docs.aws.amazon.com/appsync/latest/devguide/conflict-detection-and-resolution.html"
)


def check(look: Look) -> Finding:
    """Returns whether each update detects conflicts where the contract sends a version."""
    api = look.api
    if not (isinstance(look, OwnersLook) and isinstance(api, ApiFacts)):
        return behind(CHECK)
    said, missing, unforeseen = [], [], []
    for resource in look.contract.resources:
        if resource.update is None:
            continue
        write = resource.update
        handler = look.conflict_handler(api, write.parent, write.name)
        if isinstance(handler, CannotLookError):
            return Finding(CHECK, Status.UNKNOWN, "It cannot be looked at.", (str(handler),))
        sends = resource.version is not None and resource.version.sent_as is not None
        said.append(f"{write.parent}.{write.name}: {handler or 'no conflict detection'}")
        if sends and handler is None:
            missing.append(write.name)
        elif handler is not None and not sends:
            unforeseen.append(write.name)
    evidence = tuple(said)
    if missing:
        return Finding(
            CHECK,
            Status.BROKEN,
            f"The contract sends a version, and nothing looks at it: {', '.join(missing)}.",
            evidence,
            _taken_over(
                look,
                "Take over the schema without `_version`. Or else account B's owner turns conflict"
                " resolution on again (Gen 1: `amplify update api`) and pushes.",
            ),
            _SOURCE,
        )
    if unforeseen:
        return Finding(
            CHECK,
            Status.BROKEN,
            f"Versions are asked for that the contract does not send: {', '.join(unforeseen)}.",
            evidence,
            _taken_over(look, "Take over the schema that has `_version`."),
            _SOURCE,
        )
    kinds = sorted({each.rpartition(": ")[2] for each in said}) or ["no update"]
    return Finding(CHECK, Status.OK, f"As the contract has it: {', '.join(kinds)}.", evidence)


def _taken_over(look: Look, action: str) -> Remedy:
    if look.is_local:
        return Remedy(action, (), (mending.compile_again(look),))
    return mending.pulled(look, action)
