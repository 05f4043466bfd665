"""JSON Schemas of AppSync's scalars.

A format says what a text is where there is one. AppSync takes somewhat more than some of them (a
time without seconds) and less than others (an offset over 18 hours): a description says so, since
the patterns that would are longer than any reader's patience, and no two engines read them alike.

Source: AWS AppSync developer guide, "AppSync scalar types"; OpenAPI format registry.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.contract import scalars
from chalicelib.contract.key import INTEGERS, MAX_PARTITION_BYTES, MAX_SORT_BYTES, SEPARATOR, Key
from chalicelib.contract.types import type_ref

Schema = dict[str, Any]

_OFFSET = "The offset is at most 18 hours, a fraction of a second 9 digits."


def _text(**keywords: Any) -> Schema:
    return {"type": "string", **keywords}


SCALARS: Mapping[str, Schema] = {
    "ID": _text(),
    "String": _text(),
    "Int": {
        "type": "integer",
        "format": "int32",
        "minimum": scalars.MIN_INT,
        "maximum": scalars.MAX_INT,
    },
    "Float": {
        "type": "number",
        "format": "double",
        "minimum": -scalars.MAX_NUMBER,
        "maximum": scalars.MAX_NUMBER,
    },
    "Boolean": {"type": "boolean"},
    "AWSDate": _text(format="date"),
    "AWSTime": _text(format="time"),
    "AWSDateTime": _text(format="date-time"),
    "AWSTimestamp": {
        "type": "integer",
        "format": "int64",
        "minimum": -scalars.MAX_TIMESTAMP,
        "maximum": scalars.MAX_TIMESTAMP,
    },
    "AWSEmail": _text(format="email"),
    "AWSJSON": _text(minLength=1, contentMediaType="application/json"),
    "AWSURL": _text(format="uri"),
    "AWSPhone": _text(pattern=r"^\+?[0-9]([ \-]?[0-9]){6,14}$"),
    "AWSIPAddress": _text(format="ip-address"),
}
EXAMPLES: Mapping[str, Any] = {
    "ID": "f2b0a1de",
    "String": "text",
    "Int": 1,
    "Float": 1.5,
    "Boolean": True,
    "AWSDate": "2026-12-31",
    "AWSTime": "23:59:59.000Z",
    "AWSDateTime": "2026-12-31T23:59:59.000Z",
    "AWSTimestamp": 1798761599,
    "AWSEmail": "someone@example.com",
    "AWSJSON": '{"a": 1}',
    "AWSURL": "https://example.com/",
    "AWSPhone": "+1 555 0100",
    "AWSIPAddress": "192.0.2.1",
}
# What a format promises more or less than AppSync takes; the document says it once.
LIMITS = f"""\
- `date-time` and `time`: seconds may be left out, of a `time` its offset too. {_OFFSET}
- `date`: may carry an offset, as `2026-12-31Z`.
- `email`: ASCII, without quotes and without an address in brackets.
- `ip-address`: IPv4 or IPv6, also with a prefix length, as `192.0.2.0/24`.
- `double`: nothing nearer to zero than {scalars.MIN_NUMBER}, but zero itself.
- `contentMediaType`: the text is JSON."""
# Neither empty, nor `.` or `..`, which clients take out of a path: RE2 knows no lookahead.
_SEGMENT = r"^(\.{0,2}[^.]|\.{3})"


def key_schema(key: Key, name: str) -> Schema:
    """Returns the schema of a key field's value, in a path and in a body."""
    scalar = type_ref(key.fields[name]).name
    if scalar in INTEGERS:
        return SCALARS[scalar]
    partition = name == key.names[0]
    schema = {
        **SCALARS.get(scalar, SCALARS["String"]),
        "maxLength": MAX_PARTITION_BYTES if partition else MAX_SORT_BYTES,
    }
    joined = not partition and len(key.names) > 2  # noqa: PLR2004 - a partition and two fields
    if "format" in schema or "pattern" in schema:
        return schema
    if joined:
        return {**schema, "pattern": rf"^(\.{{0,2}}[^.{SEPARATOR}]|\.{{3}})[^{SEPARATOR}]*$"}
    return {**schema, "pattern": _SEGMENT}


def nullable(schema: Schema) -> Schema:
    """Returns a schema that takes null as well."""
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema
