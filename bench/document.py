"""The document of a large API: its size, and that of the function's zip with it.

`python -m bench.document` prints both beside their bounds; `make bench` runs it too.
"""

import sys
import tempfile
import zipfile
from pathlib import Path

from bridge.compiler.contract_file import contract_text
from bridge.compiler.openapi import openapi_text
from chalicelib.contract.model import Contract
from tests.e2e.support.project import package
from tests.support.compiling import compiled
from tests.support.schemas import model, schema

MODELS = 50
FIELDS = 20
# A Lambda may answer 6 MB, of which a stage's prefix and headers are next to nothing; these bounds
# leave room for relations and endpoints.
MOST_DOCUMENT_BYTES = 1_200_000
MOST_ZIP_BYTES = 1_100_000
_KINDS = (
    *("String!", "String", "Int", "Float", "Boolean", "AWSDateTime", "ID!", "AWSJSON"),
    *("[String]", "AWSEmail", "Status"),
)
_STATUS = "enum Status { IDLE RUNNING BROKEN } input ModelStatusInput { eq: Status ne: Status }"


def large_contract() -> Contract:
    """Returns the contract of so many models with so many fields each, of every common kind."""
    own = FIELDS - 3  # beside the id and the two timestamps
    fields = "\n".join(f"fieldNumber{at}: {_KINDS[at % len(_KINDS)]}" for at in range(own))
    models = (model(f"Widget{at}", f"Widget{at}s", fields) for at in range(MODELS))
    return compiled(schema(*models, types=_STATUS)).contract


def zip_bytes(archive: Path, contract: Contract) -> int:
    """Returns the size of a packaged function if `contract` were what it serves.

    Args:
        archive: The function's code, as chalice packaged it with another contract.
        contract: What is put in place of that.
    """
    texts = {
        "chalicelib/contract/contract.json": contract_text(contract),
        "chalicelib/contract/openapi.json": openapi_text(contract),
    }
    with tempfile.TemporaryFile() as file:
        with (
            zipfile.ZipFile(archive) as source,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            for name in source.namelist():
                target.writestr(name, texts.get(name, source.read(name)))
        return file.tell()


def main() -> None:
    """Prints both sizes; exits with 1 where one is over its bound."""
    contract = large_contract()
    with tempfile.TemporaryDirectory() as folder:
        archive = package(Path(folder), "prod").archive
        figures = {
            "document": (len(openapi_text(contract).encode()), MOST_DOCUMENT_BYTES),
            "zip": (zip_bytes(archive, contract), MOST_ZIP_BYTES),
        }
    for name, (size, most) in figures.items():
        print(f"{name} of {MODELS} models with {FIELDS} fields: {size:,} bytes, at most {most:,}")
    sys.exit(any(size > most for size, most in figures.values()))


if __name__ == "__main__":
    main()
