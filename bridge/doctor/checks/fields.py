"""Every field that the REST API needs, asked harmlessly."""

from http import HTTPStatus

from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.probes import Answer, Outcome

CHECK = "fields"
_NAMED_ELSEWHERE = (Outcome.DENIED, Outcome.UNAUTHORIZED, Outcome.REFUSED)
_HOW = {
    Outcome.PROVEN: "proven",
    Outcome.UNASKED: "not asked",
}


def check(look: Look) -> Finding:
    """Returns whether every field answers."""
    answers = look.answers
    if not answers:
        return behind(CHECK)
    for answer in answers:
        if answer.outcome is Outcome.NESTED:
            return _nested(answer)
        if answer.outcome is Outcome.NOT_HELD:
            return _not_held(answer)
        if answer.outcome is Outcome.FAILED:
            is_api_well = answer.status == HTTPStatus.OK
            return _failed(answer) if is_api_well else behind(CHECK)
    named = [answer for answer in answers if answer.outcome in _NAMED_ELSEWHERE]
    read_only = all(each.outcome is Outcome.DENIED and each.parent == "Mutation" for each in named)
    queries_answer = any(each.outcome is Outcome.PROVEN for each in answers)
    if named and not (read_only and queries_answer):
        return behind(CHECK)
    used = [each for each in answers if each not in named]
    evidence = tuple(f"{each.name} {_HOW.get(each.outcome, each.outcome)}" for each in used)
    if not named:
        return Finding(CHECK, Status.OK, "Every field answers, and nothing was written.", evidence)
    writes = ", ".join(each.name for each in named)
    return Finding(
        CHECK,
        Status.OK,
        "Every field that the role may use answers, and nothing was written.",
        (*evidence, f"not used by a role that may only read: {writes}"),
    )


def _nested(answer: Answer) -> Finding:
    path = ".".join(map(str, answer.path))
    return Finding(
        CHECK,
        Status.BROKEN,
        f"A field of the result refuses the role: {path}.",
        (f"{answer.name}: {answer.said}",),
        Remedy(
            "With several authorization modes a type that is no @model needs @aws_iam beside the"
            f" default mode's directive. Account B's owner adds it to the type that has the field"
            f" {answer.path[-1]}, and pushes.",
            (),
            ("amplify push",),
        ),
        "https://github.com/aws-amplify/amplify-cli/issues/3064",
    )


def _not_held(answer: Answer) -> Finding:
    return Finding(
        CHECK,
        Status.BROKEN,
        f"{answer.name} wrote although its condition cannot hold.",
        ("the API's resolver ignores `condition`, so If-Match and creates cannot be trusted",),
        Remedy(
            "Delete the item whose id begins with `doctor-`, and let the resolver apply its"
            " condition; Amplify's own do."
        ),
    )


def _failed(answer: Answer) -> Finding:
    return Finding(
        CHECK,
        Status.BROKEN,
        f"{answer.name} fails in its resolver.",
        (answer.said,),
        Remedy("Account B's owner finds the request in the API's logs (CloudWatch)."),
    )
