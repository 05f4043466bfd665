"""Todo, the API that the tests are about, whatever schema account_b/ holds."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from bridge.compiler.command import compile_project
from bridge.project import Project

PROJECT = Path(__file__).parents[2]
DATA = PROJECT / "tests" / "data" / "todo"
BUILT_SCHEMA = DATA / "account_b" / "built-schema.graphql"
# Of the project's own: what is the same for every schema, but for what is compiled into it.
_OF_THE_PROJECT = (".chalice/config.json", "account_b/template.yaml")


@cache
def todo_project() -> Path:
    """Returns a folder with the files of a project whose account B is Todo's.

    They are what the sandbox, the compiler and the doctor read, compiled when they are first asked
    for, so they are never stale. For reading; who changes them takes a copy.
    """
    made = tempfile.TemporaryDirectory(prefix="todo-")
    atexit.register(made.cleanup)
    root = Path(made.name)
    shutil.copytree(DATA / "account_b", root / "account_b")
    for name in _OF_THE_PROJECT:
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(PROJECT / name, root / name)
    compiled = compile_project(Project.at(root))
    for path, text in compiled.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root
