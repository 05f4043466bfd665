"""Documents, built from the contract's names only and cached.

Everything that a client sends travels as a variable, so nothing of it can reach a document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from chalicelib.contract.model import RootField
from chalicelib.graphql.messages import Document


@dataclass(frozen=True, slots=True)
class Root:
    """One root field of a document.

    Attributes:
        field: Which one.
        arguments: The names of the arguments that it is given.
        selection: Its selection set, with its braces; empty for a leaf.
    """

    field: RootField
    arguments: tuple[str, ...]
    selection: str


@lru_cache(maxsize=512)
def single(root: Root) -> Document:
    """Returns the document with this one root field, under its own name."""
    name = root.field.name
    variables, arguments = _signature(root, "")
    line = f"{name}{arguments} {root.selection}".rstrip()
    return _document(name[0].upper() + name[1:], [root], [line], variables)


@lru_cache(maxsize=128)
def several(roots: tuple[Root, ...]) -> Document:
    """Returns one document with each root under the alias `r0`, `r1` … of its position."""
    variables: list[str] = []
    lines = []
    for index, root in enumerate(roots):
        declared, arguments = _signature(root, str(index))
        variables.extend(declared)
        lines.append(f"r{index}: {root.field.name}{arguments} {root.selection}".rstrip())
    return _document("Batch", roots, lines, variables)


def _signature(root: Root, suffix: str) -> tuple[list[str], str]:
    """Returns the variables' declarations and the arguments that use them."""
    if not root.arguments:
        return [], ""
    types = root.field.arguments
    declared = [f"${name}{suffix}: {types[name]}" for name in root.arguments]
    return declared, "(" + ", ".join(f"{name}: ${name}{suffix}" for name in root.arguments) + ")"


def _document(
    name: str, roots: Sequence[Root], lines: Sequence[str], variables: Sequence[str]
) -> Document:
    mutation = roots[0].field.mutation
    kind = "mutation" if mutation else "query"
    declared = f"({', '.join(variables)})" if variables else ""
    return Document(f"{kind} {name}{declared} {{ {' '.join(lines)} }}", name, mutation)
