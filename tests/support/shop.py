"""The shop, a rich account B: where its files are, and a REST client over it."""

from contextlib import AbstractContextManager
from pathlib import Path

from chalicelib.gateway import Options
from tests.support.account_b import Rest, rest_client
from tests.support.todo import PROJECT

SHOP = PROJECT / "examples" / "shop"
BUILT = (SHOP / "built-schema.graphql").read_text(encoding="utf-8")
SOURCE = (SHOP / "schema.graphql").read_text(encoding="utf-8")
FUNCTIONS = SHOP / "sandbox" / "functions.py"


def shop_client(
    options: Options | None = None, database: Path | None = None
) -> AbstractContextManager[Rest]:
    """Gives a REST client over an empty shop, batches included."""
    chosen = options or Options(enable_batch=True)
    return rest_client(BUILT, chosen, source=SOURCE, functions=FUNCTIONS, database=database)
