"""The API's schema against the contract that the gateway was compiled with."""

from graphql import GraphQLError

from bridge.compiler.changes import Change, Effect, changes_between
from bridge.compiler.compilation import compile_schema
from bridge.compiler.rest_settings import read_rest_settings
from bridge.compiler.schema import read_built_schema
from bridge.doctor import mending
from bridge.doctor.account_b import ApiFacts, CannotLookError
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.probes import Outcome
from bridge.errors import KnownError

CHECK = "schema"
_BREAKING = (Effect.REMOVED, Effect.BREAKING)


def check(look: Look) -> Finding:
    """Returns whether the API still has the schema that the gateway knows."""
    asked = look.by == "A"
    if asked and (not look.asked or any(answer.status is None for answer in look.asked)):
        return behind(CHECK)
    refused = [answer for answer in look.asked if answer.outcome is Outcome.REFUSED]
    words = tuple(f"{answer.name}: {answer.said}" for answer in refused)
    text = look.schema_text
    if isinstance(text, CannotLookError):
        return _unseen(look, str(text), words)
    changes = _changes(look, text)
    if isinstance(changes, str):
        return Finding(
            CHECK,
            Status.BROKEN if refused or not asked else Status.WARNING,
            "The API's schema can no longer be compiled.",
            (*words, changes),
            _remedy(look, "Where rest.toml names what the API no longer has, take it out there."),
        )
    lines = tuple(str(change) for change in changes)
    if refused or any(change.effect in _BREAKING for change in changes):
        return Finding(
            CHECK,
            Status.BROKEN if refused or not asked else Status.WARNING,
            "The API's schema has drifted from the contract.",
            (*words, *lines),
            _remedy(look),
        )
    if changes:
        return Finding(
            CHECK,
            Status.WARNING,
            "The API offers more than the contract knows.",
            lines,
            _remedy(look),
        )
    return Finding(CHECK, Status.OK, "The API has the schema that the contract was made of.")


def _unseen(look: Look, reason: str, words: tuple[str, ...]) -> Finding:
    """Returns the finding where the schema is not told; `words` are the API's refusals."""
    if words:
        return Finding(
            CHECK,
            Status.BROKEN,
            "The API refuses the gateway's documents: its schema is another one.",
            (*words, reason),
            _remedy(look),
        )
    if look.by == "B":
        return Finding(CHECK, Status.UNKNOWN, "The schema cannot be looked at.", (reason,))
    closed = isinstance(look.api, ApiFacts) and not look.api.introspection
    summary = "Introspection is off." if closed else "Introspection is not answered."
    note = "every field answered the gateway's own document"
    return Finding(CHECK, Status.SKIPPED, summary, (reason, note))


def _changes(look: Look, text: str) -> tuple[Change, ...] | str:
    """Returns what a schema would change in the REST API, or why it cannot be compiled."""
    try:
        settings = read_rest_settings(look.project.account_b.rest)
        compiled = compile_schema(read_built_schema(text), settings)
    except (GraphQLError, TypeError, KeyError, KnownError) as error:
        return str(error)
    return changes_between(look.contract, compiled.contract)


def _remedy(look: Look, first: str = "") -> Remedy:
    if look.is_local:
        action = (
            "The sandbox has the schema of account B's folder, and the contract was made of an"
            " earlier one."
        )
        return Remedy(f"{first} {action}".strip(), (), (mending.compile_again(look),))
    action = "Take the API's schema over: this says what changes for REST clients before it writes."
    return mending.pulled(look, f"{first} {action}".strip())
