"""The contract of the shop: relations and indexes, which Todo has none of."""

from pathlib import Path

from bridge.compiler.compilation import compile_schema
from bridge.compiler.contract_file import contract_text
from bridge.compiler.schema import read_built_schema

_BUILT_SCHEMA = Path("examples/shop/built-schema.graphql")


def write_contract(project: Path, file: Path) -> None:
    """Writes the shop's compiled contract."""
    text = (project / _BUILT_SCHEMA).read_text(encoding="utf-8")
    file.write_text(contract_text(compile_schema(read_built_schema(text)).contract), "utf-8")
