"""The compiled files that are checked in: those of the user's schema, which account_b/ holds."""

from pathlib import Path

from bridge.compiler.command import BUILT_SCHEMA, CONTRACT, OPENAPI, TEMPLATE, compile_project

ROOT = Path(__file__).parents[2]


def test_no_compiled_file_is_stale():
    """Whoever edits the built schema, or the compiler, has to compile; on any Python alike."""
    files = compile_project(ROOT, (ROOT / BUILT_SCHEMA).read_text(encoding="utf-8")).files
    stale = [
        str(path) for path, text in files.items() if (ROOT / path).read_bytes() != text.encode()
    ]
    assert not stale, "run `make compile`"
    assert {CONTRACT, OPENAPI, TEMPLATE} < set(files)
