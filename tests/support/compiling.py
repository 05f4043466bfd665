"""Short ways to what the compiler makes of a schema."""

from functools import cache

from bridge.compiler.compilation import Compilation, compile_schema
from bridge.compiler.rest_settings import RestSettings
from bridge.compiler.schema import read_built_schema
from chalicelib.contract.model import Resource


@cache
def compiled(text: str, *exclude: str) -> Compilation:
    """Returns what the compiler makes of a schema, less what is excluded."""
    return compile_schema(read_built_schema(text), RestSettings(frozenset(exclude)))


def only(compilation: Compilation) -> Resource:
    """Returns the one resource of a contract."""
    (resource,) = compilation.contract.resources
    return resource


def kinds(text: str) -> dict[str, str]:
    """Returns what each root field is: `create Todo`, `endpoint`, by its name."""
    return {
        each.field: f"{each.kind} {each.resource}" if each.resource else each.kind
        for each in compiled(text).root_fields
    }


def reasons(compilation: Compilation) -> dict[str, str]:
    """Returns why what is left out is, by its name."""
    return {each.name: each.reason for each in compilation.left_out}
