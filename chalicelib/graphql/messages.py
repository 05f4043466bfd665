"""What goes to AppSync and what comes back, in the GraphQL specification's words."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

# Made once: json.dumps makes an encoder at every call that is not of its defaults. What was read
# from JSON holds no circle, so none is looked for.
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
# What parts the root fields of a document that has several. Within a JSON string no quote stands
# without a backslash before it, so this is always a name.
_NEXT_ROOT = re.compile(',"(r[0-9]+)":')


@dataclass(frozen=True, slots=True)
class Document:
    """A document with one operation.

    Attributes:
        text: The document, built from the contract's names only.
        operation_name: Its operation's name.
        mutation: Whether that operation is a mutation.
        prefix: The request body up to the variables' value, encoded once.
    """

    text: str
    operation_name: str
    mutation: bool
    prefix: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        head = {"query": self.text, "operationName": self.operation_name}
        prefix = json.dumps(head, separators=(",", ":"))[:-1] + ',"variables":'
        object.__setattr__(self, "prefix", prefix.encode())


@dataclass(frozen=True)
class GraphQLRequest:
    """One operation with its variables, which hold everything that a client sent."""

    document: Document
    variables: Mapping[str, Any]

    @cached_property
    def body(self) -> bytes:
        """The exact bytes of the HTTP body."""
        return self.document.prefix + _ENCODE(self.variables).encode() + b"}"


class GraphQLFault(NamedTuple):
    """One entry of a reply's `errors`.

    Attributes:
        path: The response path; empty when the error has none.
        error_type: AppSync's `errorType`, at the entry's top level; empty when it has none.
        message: For the log and for the few cases that no errorType tells apart.
    """

    path: tuple[str | int, ...]
    error_type: str
    message: str


class GraphQLResponse(NamedTuple):
    """A reply of status 200.

    Attributes:
        data: By response keys (aliases); None when the request was refused as a whole.
        errors: In the reply's order.
        text: The reply as it came, where it holds `data` alone and is UTF-8; else None.
        texts: The JSON of each root field's value as account B wrote it, once it is cut.
    """

    data: Mapping[str, Any] | None
    errors: Sequence[GraphQLFault]
    text: str | None = None
    texts: Mapping[str, str] = MappingProxyType({})

    def cut(self) -> "GraphQLResponse":
        """Returns the reply with its `texts`; as it is where it is not written as AppSync does.

        The reply is JSON and holds each name once, so what it begins and ends with, and the names
        of the root fields within, tell where their values stand.

        Source: GraphQL specification, section 7.2.2: fields stand in the document's order.
        """
        if self.text is None or not self.data:
            return self
        first, *others = self.data
        head = f'{{"data":{{"{first}":'
        if not (self.text.startswith(head) and self.text.endswith("}}")):
            return self
        inner = self.text[len(head) : -2]
        values, names = [inner], []
        if others:
            parts = _NEXT_ROOT.split(inner)
            values, names = parts[::2], parts[1::2]
        if names != others:  # there are spaces, or an item has a member that is called so
            return self
        return self._replace(texts=dict(zip(self.data, values, strict=True)))

    def under(self, key: str) -> tuple[GraphQLFault, ...]:
        """Returns the errors whose path starts at the root field with this response key."""
        if not self.errors:
            return ()
        return tuple(error for error in self.errors if error.path[:1] == (key,))
