"""Where the sandbox follows public evidence against the recording.

The recorder was Amplify's simulator behind a front of its own making: what that front decided, and
what the simulator is known to do otherwise than AWS, is not AWS's answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.sandbox.replay.comparison import Difference
from bridge.sandbox.replay.recording import Case


@dataclass(frozen=True)
class Evidence:
    """Why a difference is left, and what the sandbox has to answer there.

    Attributes:
        cases: The names of the cases.
        status: The HTTP status that the evidence gives.
        error_type: The errorType that it gives; None where there is no error.
        place: The only place of the reply that may differ; None for any.
        source: The evidence.
    """

    cases: re.Pattern[str]
    status: int
    error_type: str | None
    source: str
    place: str | None = None


LEFT = (
    Evidence(
        re.compile(r"list\.nextToken_forged_key"),
        200,
        "DynamoDB:UserIllegalArgumentException",
        "AppSync encrypts its tokens: one that it did not give is an invalid pagination token, as"
        " this recording itself shows for another one (list.nextToken_b64_json_wrong_key)",
    ),
    Evidence(
        re.compile(r"create\.dueAt_offset"),
        200,
        None,
        "AppSync keeps the offset of an AWSDateTime (aws-amplify/amplify-swift#3393)",
        "/data/createTodo/dueAt",
    ),
    Evidence(
        re.compile(r"index\.create_null_sort_of_index"),
        200,
        "DynamoDB:DynamoDbException",
        "AWS's own words name the index key (aws-amplify/amplify-flutter#2700, amplify-studio#939)",
        "/errors/0/message",
    ),
    Evidence(
        re.compile(r"indexnum\.token_of_another_query"),
        200,
        "DynamoDB:UserIllegalArgumentException",
        "AppSync encrypts its tokens and binds them to the query: another query's is an invalid"
        " pagination token",
    ),
)
# Cases whose reply needs a request that a recording may leave out: that request, and the case.
NEEDED: dict[str, tuple[str, dict[str, Any]]] = {
    "list.with_one_broken_item": (
        "mutation($i: UpdateTodoInput!) { updateTodo(input: $i) { id } }",
        {"i": {"id": "full-1", "name": None}},
    )
}
# AppSync runs graphql-java, the simulator graphql-js; the words of these are on record.
_WORDING = {
    "Validation error of type SubSelectionNotAllowed": "aws-amplify/amplify-cli#1296",
    "Validation error of type SubSelectionRequired": "aws-amplify/amplify-android#702",
    "Validation error of type MissingFieldArgument": "aws-amplify/amplify-swift#854",
}
_UNSURE = "the front's words, not AWS's: only status and shape are known"


def explain(case: Case, status: int, body: Any, differences: Sequence[Difference]) -> str | None:
    """Returns the evidence that the sandbox follows in this case; None when there is none.

    Args:
        case: The recorded case.
        status: The status that the sandbox gave.
        body: The body that it gave.
        differences: What differs; not empty.
    """
    for evidence in LEFT:
        if (
            evidence.cases.fullmatch(case.name)
            and status == evidence.status
            and _error_type(body) == evidence.error_type
            and all(evidence.place in (None, each.place) for each in differences)
        ):
            return evidence.source
    if case.provenance != "resolver" and all(each.is_wording for each in differences):
        given = str(differences[0].given).partition(":")[0]
        return _WORDING.get(given, _UNSURE)
    return None


def _error_type(body: Any) -> Any:
    errors = body.get("errors") if isinstance(body, dict) else None
    return errors[0].get("errorType") if errors else None
