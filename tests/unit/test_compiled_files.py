"""The compiled files that are checked in: those of the user's schema, which account_b/ holds."""

from pathlib import Path

from bridge.compiler.command import compile_project
from bridge.project import CONTRACT, OPENAPI, Project

ROOT = Path(__file__).parents[2]


def test_no_compiled_file_is_stale():
    """Whoever edits the built schema, or the compiler, has to compile; on any Python alike."""
    project = Project.at(ROOT)
    files = compile_project(project).files
    stale = [
        str(path) for path, text in files.items() if (ROOT / path).read_bytes() != text.encode()
    ]
    assert not stale, "run `make compile`"
    written = (project.account_b.template, project.account_b.page)
    assert {CONTRACT, OPENAPI, *(Path(project.shown(path)) for path in written)} < set(files)
