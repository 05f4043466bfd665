"""Account B's page: what it says is granted is what is granted, and its last command revokes."""

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.compiler.command import compile_project, stale_files
from bridge.compiler.compilation import compile_schema
from bridge.compiler.grants import grants_for, reachable_fields
from bridge.compiler.owners_page import compiled_page
from bridge.compiler.schema import read_built_schema
from bridge.iam import AccessRequest, Policy, evaluate
from bridge.project import Project
from tests.support.sandbox import copy_project
from tests.support.schemas import ODDITIES
from tests.support.shop import BUILT
from tests.support.todo import BUILT_SCHEMA, PROJECT

B = "222222222222"
PAGE = (PROJECT / "account_b" / "README.md").read_text(encoding="utf-8")
TODO = BUILT_SCHEMA.read_text(encoding="utf-8")


def page_of(text, limit=10_240):
    """Returns the page for a schema, its contract and its grants."""
    schema = read_built_schema(text)
    contract = compile_schema(schema).contract
    grants = grants_for(contract, schema, limit)
    return compiled_page(PAGE, contract, grants), contract, grants


def column(page, index):
    """Returns the fields that a column of the table names."""
    rows = page[page.index("| type | reads |") :].split("\n\n")[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[index])}


@pytest.mark.parametrize("schema", [TODO, BUILT, ODDITIES], ids=["todo", "shop", "oddities"])
def test_the_table_holds_every_field_that_is_granted_and_no_other(schema):
    """Queries as reads, mutations as writes, each type's and those of no type."""
    page, contract, _ = page_of(schema)
    granted = reachable_fields(contract)
    assert column(page, 2) == set(granted["Query"])
    assert column(page, 3) == set(granted["Mutation"])
    assert column(page, 1) == {each.name for each in contract.resources}


def test_what_wildcards_and_opened_types_grant_beside_is_told_below_the_table():
    """In the compiler's own words."""
    page, _, grants = page_of(BUILT, limit=700)
    assert any("types/Mutation/*" in note for note in grants.notes)
    for note in grants.notes:
        assert f"\n- {note}\n" in page
    assert "opens" not in page_of(TODO)[0].split("## 3.")[0]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project without the page."""
    return copy_project(tmp_path)


def test_compile_keeps_the_page_fresh(root):
    """A page that is stale is found; what its owner wrote around the table stays."""
    project = Project.at(root)
    page = Path("account_b/README.md")
    assert page not in compile_project(project).files
    (root / page).write_text(f"mine\n{PAGE.replace('getTodo', 'getNothing')}yours\n")
    assert page in stale_files(project)
    text = compile_project(project).files[page]
    assert "`getTodo`" in text
    assert text.startswith("mine\n")
    assert text.endswith("yours\n")


def test_a_page_that_has_no_place_for_the_table_is_left_alone(root):
    """It is its owner's."""
    (root / "account_b/README.md").write_text("mine\n")
    assert compile_project(Project.at(root)).files[Path("account_b/README.md")] == "mine\n"


def test_the_command_that_revokes_refuses_every_session_that_began_before(tmp_path):
    """Run as it stands; a session that begins afterwards is another matter, as the page says."""
    (block,) = [
        each for each in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL) if "TokenIssue" in each
    ]
    aws = tmp_path / "aws"
    aws.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    aws.chmod(0o755)
    before = datetime.now(UTC)
    run = subprocess.run(
        ["sh", "-euc", block],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "ROLE": "TodoCrossAccountRole"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    words = run.stdout.split("\0")
    assert words[:4] == ["iam", "put-role-policy", "--role-name", "TodoCrossAccountRole"]
    revoked = Policy.parse(json.loads(words[words.index("--policy-document") + 1]))
    allowed = Policy.parse(
        {"Statement": {"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": "*"}}
    )

    def may(issued):
        request = AccessRequest(
            f"arn:aws:sts::{B}:assumed-role/TodoCrossAccountRole/appsync-rest",
            "appsync:GraphQL",
            f"arn:aws:appsync:us-east-1:{B}:apis/{'a' * 26}/types/Query/fields/getTodo",
            B,
            {"aws:TokenIssueTime": issued.strftime("%Y-%m-%dT%H:%M:%SZ")},
        )
        return evaluate(request, [allowed, revoked]).allowed

    assert not may(before - timedelta(seconds=2))
    assert not may(before - timedelta(hours=12))
    assert may(before + timedelta(minutes=5))
