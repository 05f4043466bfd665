"""The API's schema against the contract that the gateway was compiled with."""

from graphql import GraphQLError

from bridge.compiler.changes import Change, Effect, changes_between
from bridge.compiler.compilation import compile_schema
from bridge.compiler.schema import CompileError, read_built_schema
from bridge.doctor import mending
from bridge.doctor.account_b import ApiFacts, CannotLookError
from bridge.doctor.findings import Finding, Remedy, Status, behind
from bridge.doctor.look import Look
from bridge.doctor.probes import Outcome

CHECK = "schema"
_BREAKING = (Effect.REMOVED, Effect.BREAKING)


def check(look: Look) -> Finding:
    """Returns whether the API still has the schema that the gateway knows."""
    asked = look.by == "A"
    if asked and (not look.asked or any(answer.status is None for answer in look.asked)):
        return behind(CHECK)
    refused = [answer for answer in look.asked if answer.outcome is Outcome.REFUSED]
    words = tuple(f"{answer.name}: {answer.said}" for answer in refused)
    changes = _changes(look)
    if isinstance(changes, str):
        if refused:
            return Finding(
                CHECK,
                Status.BROKEN,
                "The API refuses the gateway's documents: its schema is another one.",
                (*words, changes),
                _remedy(look),
            )
        if not asked:
            return Finding(CHECK, Status.UNKNOWN, "The schema cannot be looked at.", (changes,))
        closed = isinstance(look.api, ApiFacts) and not look.api.introspection
        summary = "Introspection is off." if closed else "Introspection is not answered."
        note = "every field answered the gateway's own document"
        return Finding(CHECK, Status.SKIPPED, summary, (changes, note))
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


def _changes(look: Look) -> tuple[Change, ...] | str:
    """Returns what the API's schema would change in the REST API, or why that is not known."""
    text = look.schema_text
    if isinstance(text, CannotLookError):
        return str(text)
    try:
        compiled = compile_schema(read_built_schema(text))
    except (GraphQLError, TypeError, KeyError, CompileError) as error:
        return f"it is no schema for a REST API: {error}"
    return changes_between(look.contract, compiled.contract)


def _remedy(look: Look) -> Remedy:
    if look.is_local:
        return Remedy(
            "The sandbox has the schema of account B's folder, and the contract was made of an"
            " earlier one.",
            (),
            (mending.compile_again(look),),
        )
    pull = f"python -m bridge pull --stage {look.stage.name}"
    return Remedy(
        "Take the API's schema over: this says what changes for REST clients before it writes.",
        (),
        (pull, mending.deploy(look)),
    )
