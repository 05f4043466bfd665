"""contract.json holds what the model reads, in few bytes, the same on each Python."""

import json
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bridge.compiler.contract_file import contract_text
from chalicelib.contract.model import contract_from_json
from tests.support.compiling import compiled
from tests.support.schemas import MACHINE, ODDITIES, OLDER, model, schema
from tests.support.todo import BUILT_SCHEMA

DATASTORE = Path("tests/data/amplify/built-schema-datastore.graphql")


def again(text: str) -> str:
    """Returns what is written of what is read of what is written."""
    return contract_text(contract_from_json(json.loads(text)))


def test_what_is_written_is_what_is_read() -> None:
    """Of every kind of schema that the tests have."""
    for text in (BUILT_SCHEMA.read_text(), DATASTORE.read_text(), MACHINE, ODDITIES, OLDER):
        written = contract_text(compiled(text).contract)
        assert again(written) == written


@given(
    st.lists(
        st.from_regex(r"[a-z][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
            lambda name: name not in {"id", "createdAt", "updatedAt", "and", "or", "not"}
        ),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    st.sampled_from(["String", "Int!", "[Float!]!", "[[Boolean]]", "AWSJSON", "ID"]),
)
def test_members_of_any_name_and_type_survive(names: list[str], type_: str) -> None:
    """The file keeps them and their order."""
    fields = "\n".join(f"{name}: {type_}" for name in names)
    contract = compiled(schema(model("Thing", "Things", fields))).contract
    read = contract_from_json(json.loads(contract_text(contract)))
    assert list(read.resources[0].members.items()) == [
        ("id", "ID!"),
        *((name, type_) for name in names),
        ("createdAt", "AWSDateTime!"),
        ("updatedAt", "AWSDateTime!"),
    ]


def test_the_same_schema_gives_the_same_bytes_in_another_process() -> None:
    """No order of a set gets into the file, whatever the hashes are."""
    code = (
        "from tests.support.compiling import compiled\n"
        "from tests.support.schemas import ODDITIES\n"
        "from bridge.compiler.contract_file import contract_text\n"
        "print(contract_text(compiled(ODDITIES).contract), end='')\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert texts == {contract_text(compiled(ODDITIES).contract)}


def test_what_is_as_it_is_by_default_is_not_written() -> None:
    """The file is read at every start."""
    document = json.loads(contract_text(compiled(MACHINE).contract))
    assert document.keys() == {"types", "resources"}
    (machine,) = document["resources"]
    assert "indexes" not in machine
    assert "index" not in machine["list"]
    assert "mutation" not in machine["get"]


def test_nothing_of_account_as_client_is_needed_to_compile() -> None:
    """A build machine may lack requests and botocore."""
    code = (
        "import sys\n"
        "import bridge.compiler.command, bridge.compiler.coverage_command\n"
        "print(sorted({'requests', 'botocore', 'boto3', 'urllib3', 'chalice'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert found.stdout == "[]\n"
