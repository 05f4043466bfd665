"""The part of account B's page that tells what is granted: compiled, so it is true."""

import re
from collections.abc import Iterable, Iterator

from bridge.compiler.grants import Grants
from chalicelib.contract.model import Contract, RootField

_BEGIN = (
    "<!-- Compiled from the contract by `python -m bridge compile`, down to the next such line. -->"
)
_END = "<!-- End of what is compiled. -->"
_COMPILED = re.compile(rf"^{re.escape(_BEGIN)}\n.*?^{re.escape(_END)}\n", re.DOTALL | re.MULTILINE)


def compiled_page(text: str, contract: Contract, grants: Grants) -> str:
    """Returns a page with the table of what is granted; a page without a place for it as it is."""
    region = "".join(f"{line}\n" for line in [_BEGIN, *_lines(contract, grants), _END])
    return _COMPILED.sub(lambda _: region, text, count=1)


def _lines(contract: Contract, grants: Grants) -> Iterator[str]:
    yield "| type | reads | writes |"
    yield "|---|---|---|"
    for each in contract.resources:
        indexes = each.indexes if each.list is not None else ()
        reads = _names((each.get, each.list, *indexes))
        yield f"| `{each.name}` | {reads} | {_names((each.create, each.update, each.delete))} |"
    if contract.endpoints:
        reads, writes = (
            _names(each for each in contract.endpoints.values() if each.mutation is kind)
            for kind in (False, True)
        )
        yield f"| of no type | {reads} | {writes} |"
    yield ""
    for note in grants.notes:
        yield f"- {note}"


def _names(fields: Iterable[RootField | None]) -> str:
    return ", ".join(f"`{each.name}`" for each in fields if each is not None) or "none"
