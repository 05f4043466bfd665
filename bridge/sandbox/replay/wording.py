"""The words of an older front, beside those that AppSync is known to use.

A recording's front shaped some texts (its provenance says so). An older one spoke graphql-js, which
the simulator runs, where a newer one speaks graphql-java, which AppSync runs; with the words came
the place that an error points at. An error is the same where both name the same fault.
"""

import re
from collections.abc import Mapping
from typing import Any

SHAPED = "text shaped by the front"
_VALIDATION = "Validation error of type "
# What the older front said, and a pattern of the newer words with the older one's names in it.
_PAIRS = tuple(
    (re.compile(older), newer)
    for older, newer in (
        (
            r"Variable '(\w+)' has an invalid value\.",
            r"Variable '{0}' has an invalid value\. \S.*",
        ),
        (
            _VALIDATION + r'WrongType: Field "\w+\.(\w+)" of required type ".+" was not provided\.',
            _VALIDATION
            + r"WrongType: .* is missing required fields '\[(.+, )?{0}(, .+)?\]' @ '.+'",
        ),
        (
            _VALIDATION + r'WrongType: Field "(\w+)" is not defined by type "(\w+)"\.',
            _VALIDATION + r"WrongType: .* contains a field not in '{1}': '{0}' @ '.+'",
        ),
        (
            _VALIDATION + r'WrongType: Fields "(\w+)" conflict because (they have [\w ]+)\..*',
            _VALIDATION + r"FieldsConflict: {0}: {1}",
        ),
        (
            _VALIDATION + r'WrongType: Variable "\$\w+" of type "(.+)" used in position expecting'
            r' type "(.+)"\.',
            _VALIDATION + r"VariableTypeMismatch: Variable type '{0}' doesn't match expected type"
            r" '{1}' @ '.+'",
        ),
    )
)


def in_newer_words(recorded: Any, given: Any) -> Any:
    """Returns a recorded body with the given errors in place of those that tell the same fault."""
    if not isinstance(recorded, dict) or not isinstance(given, dict):
        return recorded
    errors, others = recorded.get("errors"), given.get("errors")
    if not isinstance(errors, list) or not isinstance(others, list):
        return recorded
    if len(errors) != len(others):
        return recorded
    pairs = zip(errors, others, strict=True)
    return {**recorded, "errors": [new if _is_same(old, new) else old for old, new in pairs]}


def _is_same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    said, says = old.get("message", ""), new.get("message", "")
    if old.keys() != new.keys() or old.get("path") != new.get("path"):
        return False
    for older, newer in _PAIRS:
        match = older.fullmatch(said)
        if match:
            names = map(re.escape, match.groups())
            return re.fullmatch(_filled(newer, *names), says, re.DOTALL) is not None
    return False


def _filled(pattern: str, *names: str) -> str:
    for number, name in enumerate(names):
        pattern = pattern.replace(f"{{{number}}}", name)
    return pattern
