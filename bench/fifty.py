"""A contract of 50 models of 20 fields, Todo among them: what a start costs a large API."""

from pathlib import Path

from bridge.compiler.compilation import compile_schema
from bridge.compiler.contract_file import contract_text
from bridge.compiler.schema import read_built_schema
from bridge.project import Project

MODELS = 50
DECLARED_FIELDS = 17  # and `id`, `createdAt`, `updatedAt`
_TYPES = ("String", "Int", "Boolean", "AWSDateTime", "Float")


def write_contract(project: Path, file: Path) -> None:
    """Writes the compiled contract.

    Args:
        project: Whose built schema has Todo and the inputs of its filters.
        file: Where to.
    """
    todo = Project.at(project).account_b.built_schema.read_text(encoding="utf-8")
    models = [_model(f"Thing{number}") for number in range(MODELS - 1)]
    text = "\n".join((todo, *models))
    contract = compile_schema(read_built_schema(text)).contract
    if len(contract.resources) != MODELS:
        raise RuntimeError(f"{len(contract.resources)} resources were recognised")
    file.write_text(contract_text(contract), encoding="utf-8")


def _model(name: str) -> str:
    types = [_TYPES[number % len(_TYPES)] for number in range(DECLARED_FIELDS)]
    own = {f"field{number}": each for number, each in enumerate(types)}
    stamps = {"createdAt": "AWSDateTime", "updatedAt": "AWSDateTime"}
    compared = {"id": "ID", **own, **stamps}
    filters = _members({key: f"Model{_compared(each)}Input" for key, each in compared.items()})
    logic = " ".join(f"{each}: [Model{name}FilterInput]" for each in ("and", "or"))
    condition = f"condition: Model{name}ConditionInput"
    writes = "\n".join(
        f"{verb}{name}(input: {verb.capitalize()}{name}Input!, {condition}): {name}"
        for verb in ("create", "update", "delete")
    )
    return f"""
    type {name} {{ id: ID! {_members(own)} createdAt: AWSDateTime! updatedAt: AWSDateTime! }}
    type Model{name}Connection {{ items: [{name}]! nextToken: String }}
    input Model{name}FilterInput {{ {filters} {logic} not: Model{name}FilterInput }}
    input Model{name}ConditionInput {{ {filters} }}
    input Create{name}Input {{ id: ID {_members(own)} }}
    input Update{name}Input {{ id: ID! {_members(own)} }}
    input Delete{name}Input {{ id: ID! }}
    extend type Query {{
      get{name}(id: ID!): {name}
      list{name}s(filter: Model{name}FilterInput, limit: Int, nextToken: String):
        Model{name}Connection
    }}
    extend type Mutation {{ {writes} }}
    """


def _members(types: dict[str, str]) -> str:
    return " ".join(f"{key}: {each}" for key, each in types.items())


def _compared(kind: str) -> str:
    return kind if kind in {"ID", "Int", "Float", "Boolean"} else "String"
