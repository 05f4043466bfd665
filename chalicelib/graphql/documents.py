"""Documents, built from the contract's names only and cached.

Everything that a client sends travels as a variable, so nothing of it can reach a document.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from chalicelib.contract.model import RootField
from chalicelib.graphql.messages import Document

# Stands behind the name of a variable that is used below the root, where several roots share a
# document and so number their variables; no name holds it.
SUFFIX = "%"


class Root(NamedTuple):
    """One root field of a document.

    Attributes:
        field: Which one.
        arguments: The names of the arguments that it is given.
        selection: Its selection set, with its braces; empty for a leaf.
        inner: The variables that its selection set uses, each with its type; there the name is
            followed by `SUFFIX`.
    """

    field: RootField
    arguments: tuple[str, ...]
    selection: str
    inner: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=512)
def single(root: Root) -> Document:
    """Returns the document with this one root field, under its own name."""
    name = root.field.name
    variables, arguments, selection = _signature(root, "")
    line = f"{name}{arguments} {selection}".rstrip()
    return _document(name[0].upper() + name[1:], [root], [line], variables)


@lru_cache(maxsize=128)
def several(roots: tuple[Root, ...]) -> Document:
    """Returns one document with each root under the alias `r0`, `r1` … of its position."""
    variables: list[str] = []
    lines = []
    for index, root in enumerate(roots):
        declared, arguments, selection = _signature(root, str(index))
        variables.extend(declared)
        lines.append(f"r{index}: {root.field.name}{arguments} {selection}".rstrip())
    return _document("Batch", roots, lines, variables)


def _signature(root: Root, suffix: str) -> tuple[list[str], str, str]:
    """Returns the variables' declarations, the arguments that use them, and the selection set."""
    types = root.field.arguments
    declared = [f"${name}{suffix}: {types[name]}" for name in root.arguments]
    declared += [f"${name}{suffix}: {kind}" for name, kind in root.inner]
    used = ", ".join(f"{name}: ${name}{suffix}" for name in root.arguments)
    selection = root.selection.replace(SUFFIX, suffix)
    return declared, f"({used})" if used else "", selection


def _document(
    name: str, roots: Sequence[Root], lines: Sequence[str], variables: Sequence[str]
) -> Document:
    mutation = roots[0].field.mutation
    kind = "mutation" if mutation else "query"
    declared = f"({', '.join(variables)})" if variables else ""
    return Document(f"{kind} {name}{declared} {{ {' '.join(lines)} }}", name, mutation)
