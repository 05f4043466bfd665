"""The shop, a rich account B: where its files are, and a REST client over it."""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from bridge.compiler.command import compile_project
from bridge.project import CONFIG, Project
from chalicelib.gateway import Options
from tests.support.account_b import Rest, rest_client
from tests.support.todo import PROJECT

SHOP = PROJECT / "examples" / "shop"
BUILT = (SHOP / "built-schema.graphql").read_text(encoding="utf-8")
SOURCE = (SHOP / "schema.graphql").read_text(encoding="utf-8")
# The same as Amplify builds it with conflict resolution.
VERSIONED = PROJECT / "tests" / "data" / "shop" / "built-schema-datastore.graphql"
FUNCTIONS = SHOP / "sandbox" / "functions.py"


def shop_client(
    options: Options | None = None, database: Path | None = None
) -> AbstractContextManager[Rest]:
    """Gives a REST client over an empty shop, batches included."""
    chosen = options or Options(enable_batch=True)
    return rest_client(BUILT, chosen, source=SOURCE, functions=FUNCTIONS, database=database)


def shop_project(folder: Path, *, versioned: bool) -> Path:
    """Returns a new folder `root` in this one: a project whose own account B is the shop, compiled.

    Args:
        folder: Gets it.
        versioned: With conflict resolution.
    """
    root = folder / "root"
    shutil.copytree(SHOP, root / "account_b")
    if versioned:
        shutil.copyfile(VERSIONED, root / "account_b" / "built-schema.graphql")
    (root / CONFIG).parent.mkdir()
    shutil.copyfile(PROJECT / CONFIG, root / CONFIG)
    for path, text in compile_project(Project.at(root)).files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root
