"""Documents, built from the contract's names only and cached.

Everything that a client sends travels as a variable, so nothing of it can reach a document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from chalicelib.contract.model import Operation, Resource
from chalicelib.graphql.messages import Document

ID = "id"
UPDATED_AT = "updatedAt"
# The kinds of operations that only read.
QUERIES = frozenset({"get", "list"})


@dataclass(frozen=True, slots=True)
class Root:
    """One root field of a document.

    Attributes:
        resource: Whose operation it is.
        kind: `get`, `list`, `create`, `update` or `delete`.
        fields: The selection set, in the contract's order.
        conditional: The operation takes a condition here.
    """

    resource: Resource
    kind: str
    fields: tuple[str, ...]
    conditional: bool = False

    @property
    def operation(self) -> Operation:
        """The contract's operation; a root is made only where there is one."""
        operation: Operation | None = getattr(self.resource, self.kind)
        if operation is None:
            raise LookupError(f"{self.resource.name} has no {self.kind} operation")
        return operation


@lru_cache(maxsize=512)
def whole(resource: Resource, kind: str, *, conditional: bool = False) -> Root:
    """Returns the root field of this kind that selects all fields."""
    return Root(resource, kind, selection(resource), conditional)


def selection(resource: Resource, fields: Sequence[str] | None = None) -> tuple[str, ...]:
    """Returns the fields to select, in the contract's order.

    The id and `updatedAt` are always among them: the id names the item, and the ETag is made of
    `updatedAt`.

    Args:
        resource: Whose fields.
        fields: Names that the client asked for; None for all.
    """
    if fields is None:
        return tuple(field.name for field in resource.fields)
    wanted = {*fields, ID, UPDATED_AT}
    return tuple(field.name for field in resource.fields if field.name in wanted)


@lru_cache(maxsize=512)
def single(root: Root) -> Document:
    """Returns the document with this one root field, under its own name."""
    name = root.operation.field
    variables, arguments = _signature(root, "")
    return _document(name[0].upper() + name[1:], [root], [(f"{name}{arguments}", root)], variables)


@lru_cache(maxsize=128)
def several(roots: tuple[Root, ...]) -> Document:
    """Returns one document with each root under the alias `r0`, `r1` … of its position."""
    variables: list[str] = []
    lines = []
    for index, root in enumerate(roots):
        declared, arguments = _signature(root, str(index))
        variables.extend(declared)
        lines.append((f"r{index}: {root.operation.field}{arguments}", root))
    return _document("Batch", roots, lines, variables)


def _signature(root: Root, suffix: str) -> tuple[list[str], str]:
    """Returns the variables' declarations and the arguments that use them."""
    operation = root.operation
    if root.kind == "get":
        types = {ID: "ID!"}
    elif root.kind == "list":
        types = {"filter": operation.filter_type or "", "limit": "Int", "nextToken": "String"}
    else:
        types = {"input": f"{operation.input_type}!"}
        if root.conditional:
            types["condition"] = operation.condition_type or ""
    used = {name: graphql_type for name, graphql_type in types.items() if graphql_type}
    declared = [f"${name}{suffix}: {graphql_type}" for name, graphql_type in used.items()]
    return declared, "(" + ", ".join(f"{name}: ${name}{suffix}" for name in used) + ")"


def _document(
    name: str, roots: Sequence[Root], lines: Sequence[tuple[str, Root]], variables: Sequence[str]
) -> Document:
    mutation = roots[0].kind not in QUERIES
    body = " ".join(f"{line} {_selection_set(root)}" for line, root in lines)
    kind = "mutation" if mutation else "query"
    return Document(f"{kind} {name}({', '.join(variables)}) {{ {body} }}", name, mutation)


def _selection_set(root: Root) -> str:
    fields = " ".join(root.fields)
    if root.kind == "list":
        return f"{{ items {{ {fields} }} nextToken }}"
    return f"{{ {fields} }}"
