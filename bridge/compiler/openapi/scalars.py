"""JSON Schemas of AppSync's scalars: just what chalicelib/translation/values.py takes.

The patterns mean the same to ECMA 262, which OpenAPI prescribes, to Python and to Rust, so they
spell out their classes of digits and spaces.

Source: AWS AppSync developer guide, "AppSync scalar types".
"""

from typing import Any

from chalicelib.contract.model import Field
from chalicelib.translation import values

Schema = dict[str, Any]

_SPACES = r"\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_DAY = (
    "(?!0000)(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    f"|{_LEAP_YEAR}-02-29)"
)
_SIXTY = "[0-5][0-9]"
_CLOCK = rf"(?:[01][0-9]|2[0-3]):{_SIXTY}(?::{_SIXTY}(?:\.[0-9]{{1,9}})?)?"
_OFFSET = f"(?:Z|[+-](?:0[0-9]|1[0-8]):{_SIXTY}(?::{_SIXTY})?)"
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_HEX = "[0-9A-Fa-f]{1,4}"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"


def _ipv6() -> str:
    """Returns the pattern of IPv6 addresses: eight groups, or fewer around one `::`.

    Source: RFC 3986, section 3.2.2, IPv6address.
    """
    last = f"(?:{_HEX}:{_HEX}|{_IPV4})"
    ways = [f"(?:{_HEX}:){{6}}{last}"]
    for before in range(8):
        head = f"(?:{_HEX}(?::{_HEX}){{{before - 1}}})" if before else ""
        room = 7 - before
        tails = [f"(?:{_HEX}:){{0,{room - 2}}}{last}"] if room >= 2 else []  # noqa: PLR2004 - `last` is two groups
        tails += [_HEX] if room >= 1 else []
        ways.append(f"{head}::(?:{'|'.join(tails)})?" if tails else f"{head}::")
    return f"(?:{'|'.join(ways)})"


def _text(pattern: str, example: str) -> Schema:
    return {"type": "string", "pattern": f"^{pattern}$", "examples": [example]}


def _whole(low: int, high: int, example: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high, "examples": [example]}


INT = _whole(values.MIN_INT, values.MAX_INT, 1)
BOOLEAN: Schema = {"type": "boolean", "examples": [True]}
# DynamoDB holds no number that is nearer to zero than MIN_NUMBER, but for zero itself.
FLOAT: Schema = {
    "type": "number",
    "anyOf": [
        {"const": 0},
        {"minimum": values.MIN_NUMBER, "maximum": values.MAX_NUMBER},
        {"minimum": -values.MAX_NUMBER, "maximum": -values.MIN_NUMBER},
    ],
    "examples": [1.5],
}
SCALARS: dict[str, Schema] = {
    "ID": {"type": "string", "examples": ["f2b0a1de"]},
    "String": {"type": "string", "examples": ["text"]},
    "Int": INT,
    "Float": FLOAT,
    "Boolean": BOOLEAN,
    "AWSDate": _text(f"{_DAY}{_OFFSET}?", "2026-12-31"),
    "AWSTime": _text(f"{_CLOCK}{_OFFSET}?", "23:59:59.000Z"),
    "AWSDateTime": _text(f"{_DAY}T{_CLOCK}{_OFFSET}", "2026-12-31T23:59:59.000Z"),
    "AWSTimestamp": _whole(-values.MAX_TIMESTAMP, values.MAX_TIMESTAMP, 1798761599),
    "AWSEmail": _text(
        rf'[^{_SPACES}@<>()\[\],;:\\"\u0000-\u001f]{{1,64}}@{_LABEL}(?:\.{_LABEL}){{0,9}}',
        "someone@example.com",
    ),
    # JSON Schema cannot look into a string; the media type says what must be in it.
    "AWSJSON": {
        "type": "string",
        "contentMediaType": "application/json",
        "examples": ['{"a": 1}'],
    },
    "AWSURL": _text(
        rf'[A-Za-z][A-Za-z0-9+.\-]*:[^{_SPACES}\u0000-\u001f<>"{{}}|\\^`]+', "https://example.com/"
    ),
    "AWSPhone": _text(r"\+?[0-9](?:[ \-]?[0-9]){6,14}", "+1 555 0100"),
    "AWSIPAddress": _text(
        f"(?:{_IPV4}(?:/(?:3[0-2]|[12]?[0-9]))?|{_ipv6()}(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)",
        "192.0.2.1",
    ),
}
ITEM_ID: Schema = {
    "type": "string",
    "description": f"At most {values.MAX_ID_BYTES} bytes of UTF-8.",
    "minLength": 1,
    "maxLength": values.MAX_ID_BYTES,
    "not": {"enum": [".", ".."]},
    "examples": ["f2b0a1de"],
}


def value_schema(field: Field) -> Schema:
    """Returns the schema of one value of the field's type, be the field a list or not."""
    if field.enum:
        return {"type": "string", "enum": list(field.enum)}
    return SCALARS[field.type]


def field_schema(field: Field) -> Schema:
    """Returns the schema of the field's value, which is not null."""
    value = value_schema(field)
    if not field.is_list:
        return value
    return {"type": "array", "items": value if field.item_required else nullable(value)}


def nullable(schema: Schema) -> Schema:
    """Returns a schema that takes null as well."""
    widened: Schema = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    if "anyOf" in schema:
        widened["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    return widened


def example_of(schema: Schema) -> Any:
    """Returns an example that the schema takes."""
    if "enum" in schema:
        return schema["enum"][0]
    if "items" in schema:
        return [example_of(schema["items"])]
    return schema["examples"][0]
