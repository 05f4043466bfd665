"""Amplify's list of roles, the second wall: 200, and `Not Authorized to access …`."""

from collections.abc import Sequence

from bridge.doctor.account_b import AdminRoles, CannotLookError, RoleFacts
from bridge.doctor.findings import Edit, Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.probes import Answer, Outcome

CHECK = "Amplify's admin roles"
_SOURCE = "https://github.com/aws-amplify/amplify-category-api/issues/100"
_ANSWERED = (Outcome.PROVEN, Outcome.UNAUTHORIZED, Outcome.NESTED)
_PUSH = ("amplify push",)
_FORCED_PUSH = ("amplify api gql-compile --force", "amplify push")


def check(look: Look) -> Finding:
    """Returns whether Amplify's resolvers let the role in."""
    listed = look.admin_roles
    answered = [answer for answer in look.answers if answer.outcome in _ANSWERED]
    refused = [answer for answer in answered if answer.outcome is Outcome.UNAUTHORIZED]
    if isinstance(listed, CannotLookError) and look.by == "B" and not listed.file:
        return Finding(CHECK, Status.UNKNOWN, "The list cannot be looked at.", (str(listed),))
    if isinstance(listed, CannotLookError) and (refused or not answered):
        return _unreadable(look, listed)
    if look.by == "B":
        return _as_listed(look, listed)
    if not answered:
        return behind(CHECK)
    names = listed.names if isinstance(listed, AdminRoles) else ()
    if refused:
        return _refused(look, listed if isinstance(listed, AdminRoles) else None, refused)
    return _admitted(look, names)


def _as_listed(look: Look, listed: AdminRoles | CannotLookError | None) -> Finding:
    """Returns the finding of the list alone, for an owner who cannot call as the role."""
    if not isinstance(look.role, RoleFacts):
        return behind(CHECK)
    if not isinstance(listed, AdminRoles):
        return Finding(
            CHECK, Status.OK, "The resolvers hold no list: they leave it to IAM, as Gen 2 does."
        )
    name = _role(look)
    if any(entry in f"assumed-role/{name}/{look.made.role_session_name}" for entry in listed.names):
        return _admitted(look, listed.names)
    return _refused(look, listed, ())


def _admitted(look: Look, names: tuple[str, ...]) -> Finding:
    name, session = _role(look), f"{_role(look)}/{look.made.role_session_name}"
    if name in names or session in names:
        return Finding(CHECK, Status.OK, f"{name} is listed, and its resolvers let it in.")
    # What is looked for anywhere in arn:aws:sts::B:assumed-role/ROLE/SESSION.
    loose = [entry for entry in names if entry in f"assumed-role/{session}"]
    if loose:
        return Finding(
            CHECK,
            Status.WARNING,
            "The resolvers let the role in only because they look for an entry anywhere in its"
            " ARN; newer ones compare the whole name.",
            (f"{loose[0]} is listed, the role is {name}",),
            _remedy(look, _corrected(look, names, loose), _PUSH),
            "https://github.com/aws-amplify/amplify-category-api/pull/3528",
        )
    return Finding(
        CHECK,
        Status.OK,
        "The resolvers let the role in without a list: they leave it to IAM, as Gen 2 does.",
    )


def _unreadable(look: Look, error: CannotLookError) -> Finding:
    if look.account_b is not None and not look.is_local:
        return behind(CHECK)
    text = str(error)
    if "map is not a function" in text:
        return Finding(
            CHECK,
            Status.BROKEN,
            "adminRoleNames is a text, and Amplify wants a list.",
            (text,),
            _remedy(look, (_role(look),), _PUSH),
            "https://github.com/aws-amplify/amplify-category-api/pull/1823",
        )
    edit = Edit(_file(look), "", {"adminRoleNames": [_role(look)]})
    remedy = Remedy("Write the file anew.", (edit,), () if look.is_local else _PUSH)
    return Finding(CHECK, Status.BROKEN, "The list cannot be read.", (text,), remedy, _SOURCE)


def _refused(look: Look, listed: AdminRoles | None, refused: Sequence[Answer]) -> Finding:
    names = listed.names if listed else ()
    evidence = (
        *(f"{answer.name}: {answer.said}" for answer in refused),
        f"listed: {', '.join(names) or 'nobody'}" + (f" ({listed.where})" if listed else ""),
        f"AppSync sees assumed-role/{_role(look)}/{look.made.role_session_name}",
    )
    name = _role(look)
    if name in names:
        return Finding(
            CHECK,
            Status.BROKEN,
            "The role is listed, and the resolvers in force do not know of it.",
            evidence,
            _remedy(look, names, _FORCED_PUSH),
            "https://github.com/aws-amplify/amplify-cli/issues/13235",
        )
    wrong, summary = _mistaken(look, names)
    return Finding(
        CHECK,
        Status.BROKEN,
        summary,
        evidence,
        _remedy(look, _corrected(look, names, wrong), _PUSH),
        _SOURCE,
    )


def _mistaken(look: Look, names: tuple[str, ...]) -> tuple[list[str], str]:
    """Returns the entries that were meant to be the role, and what is wrong with them."""
    name = _role(look)
    of_a = [each for each in names if look.stage.role_name in each]
    if of_a:
        return of_a, "Account A's role is listed; what AppSync sees is account B's."
    arns = [each for each in names if each.startswith("arn:") and each.endswith(name)]
    if arns:
        return arns, "The role's ARN is listed; Amplify wants its bare name."
    in_other_case = [each for each in names if each.lower() == name.lower()]
    if in_other_case:
        return in_other_case, "The role is listed in other letters' case, which counts."
    similar = [each for each in names if each.startswith(name) or name.startswith(each)]
    if similar:
        return similar, f"{similar[0]} is listed, which is not the role's whole name."
    return [], "The role is not listed, so Amplify's resolvers refuse it."


def _corrected(look: Look, names: tuple[str, ...], wrong: Sequence[str]) -> tuple[str, ...]:
    return (*(each for each in names if each not in wrong), _role(look))


def _remedy(look: Look, names: tuple[str, ...], commands: tuple[str, ...]) -> Remedy:
    return Remedy(
        "Account B's owner lists the role's bare name in"
        " amplify/backend/api/<api>/custom-roles.json and pushes. In Gen 2,"
        " enableIamAuthorizationMode takes the list's place.",
        (_list(look, names),),
        () if look.is_local else commands,
    )


def _list(look: Look, names: tuple[str, ...]) -> Edit:
    if look.project.account_b.custom_roles.exists():
        return Edit(_file(look), "/adminRoleNames", list(names))
    return Edit(_file(look), "", {"adminRoleNames": list(names)})


def _file(look: Look) -> str:
    return look.project.shown(look.project.account_b.custom_roles)


def _role(look: Look) -> str:
    return look.made.assume_role_arn.rpartition("/")[2]
