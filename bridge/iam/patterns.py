"""Wildcards and policy variables: how a text in a policy is compared with one of a request."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import chain, zip_longest

# Condition keys in lower case (IAM ignores their case), each with all its values.
Context = Mapping[str, Sequence[str]]

ARN_SEGMENTS = 6


class Wildcard(StrEnum):
    """A `*` or `?` that a policy's author wrote, as opposed to one inside a variable's value."""

    MANY = "*"
    ONE = "?"


Piece = str | Wildcard

_WILDCARDS = re.compile(r"([*?])")
_VARIABLE = re.compile(
    r"\$\{(?:(?P<character>[*?$])|\s*(?P<key>[^{}',]+?)\s*(?:,\s*'(?P<default>[^']*)'\s*)?)\}"
)


def expand(
    text: str, variables: Context | None, unresolved: Wildcard | None = None
) -> tuple[Piece, ...] | None:
    """Returns a policy's text as literals and wildcards, its variables replaced by their values.

    A value never acts as a wildcard, and `${*}`, `${?}` and `${$}` are those characters themselves.

    Args:
        text: The text as the policy has it.
        variables: The request's context, or None for a policy whose Version knows no variables.
        unresolved: What stands for a variable without a value; a key with several values counts
            as one without.

    Returns:
        The pieces, or None when a variable has no value and nothing stands for it: then nothing is
        equal or alike.

    Source: IAM User Guide, "IAM policy elements: Variables and tags".
    """
    if variables is None:
        return tuple(_wildcards(text))
    pieces: list[Piece] = []
    position = 0
    for variable in _VARIABLE.finditer(text):
        pieces += _wildcards(text[position : variable.start()])
        position = variable.end()
        value = variable["character"]
        if value is None:
            values = variables.get(variable["key"].lower(), ())
            value = values[0] if len(values) == 1 else variable["default"]
        if value is None:
            value = unresolved
        if value is None:
            return None
        pieces.append(value)
    pieces += _wildcards(text[position:])
    return tuple(pieces)


def literal(text: str, variables: Context | None) -> str | None:
    """Returns a policy's text for an exact comparison, or None when a variable has no value."""
    pieces = expand(text, variables)
    return None if pieces is None else "".join(pieces)


def matches(pieces: Iterable[Piece], value: str, *, ignore_case: bool = False) -> bool:
    """Tells whether a value fits a pattern in which `*` stands for anything."""
    expression = "".join(_expression(piece, ".") for piece in pieces)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.fullmatch(expression, value, flags) is not None


def matches_resource(pieces: Sequence[Piece], arn: str) -> bool:
    """Tells whether a request's resource fits an expanded Resource of a policy.

    Before the fifth colon a wildcard stays inside its segment, unless it is a `*` that ends the
    segment; after it there is only the resource's own part.

    Source: IAM User Guide, "IAM JSON policy elements: Resource", using wildcards in resource ARNs.
    """
    expression, colons = "", 0
    for piece, following in zip_longest(pieces, pieces[1:], fillvalue=""):
        ends_segment = piece is Wildcard.MANY and (not following or following.startswith(":"))
        confined = colons < ARN_SEGMENTS - 1 and not ends_segment
        expression += _expression(piece, "[^:]" if confined else ".")
        colons += 0 if isinstance(piece, Wildcard) else piece.count(":")
    return re.fullmatch(expression, arn, re.DOTALL) is not None


def matches_arn(pieces: Sequence[Piece], arn: str) -> bool:
    """Tells whether an ARN fits an ARN operator's expanded pattern, segment by segment.

    Source: IAM User Guide, "IAM JSON policy elements: Condition operators", ARN operators.
    """
    patterns = _segments(pieces)
    values = arn.split(":", ARN_SEGMENTS - 1)
    if len(patterns) != ARN_SEGMENTS or len(values) != ARN_SEGMENTS:
        return False
    return all(matches(*pair) for pair in zip(patterns, values, strict=True))


def _wildcards(text: str) -> Iterable[Piece]:
    for part in _WILDCARDS.split(text):
        if part in ("*", "?"):
            yield Wildcard(part)
        elif part:
            yield part


def _expression(piece: Piece, character: str) -> str:
    if piece is Wildcard.MANY:
        return f"{character}*"
    return character if piece is Wildcard.ONE else re.escape(piece)


def _segments(pieces: Iterable[Piece]) -> list[list[Piece]]:
    segments: list[list[Piece]] = [[]]
    parts = chain.from_iterable(
        [piece] if isinstance(piece, Wildcard) else re.split("(:)", piece) for piece in pieces
    )
    for part in parts:
        if part == ":" and len(segments) < ARN_SEGMENTS:
            segments.append([])
        elif part:
            segments[-1].append(part)
    return segments
