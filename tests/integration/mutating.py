"""Damaged inputs: of each command's files one is cut, overwritten, or given another value."""

import json
import random
from pathlib import Path
from typing import Any

# What a hand-edited document may come to hold in any place.
_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    "",
    "x",
    "\u0000",
    "٣",
    [],
    [None],
    {},
    {"": 1},
)
_BYTES = (b"\xff", b"\x00", b"{", b"}", b"[", b'"', b"\xef\xbb\xbf", b"\r", b"!", b": ", b"- ")


def damage(draw: random.Random, data: bytes) -> bytes:
    """Returns a file's bytes, damaged in one of several ways."""
    ways = (_cut, _overwritten, _doubled, _emptied)
    try:
        document = json.loads(data)
    except ValueError:
        return draw.choice(ways)(draw, data)
    if draw.random() < 0.7:
        return json.dumps(_revalued(draw, document)).encode()
    return draw.choice(ways)(draw, data)


def damage_one(draw: random.Random, root: Path, names: list[str]) -> str:
    """Damages one of a folder's files, or takes it away; returns what was done."""
    name = draw.choice(names)
    file = root / name
    if draw.random() < 0.05:
        file.unlink()
        return f"{name} taken away"
    if draw.random() < 0.05:
        file.unlink()
        file.mkdir()
        return f"{name} is a folder"
    file.write_bytes(damage(draw, file.read_bytes()))
    return f"{name} damaged"


def _cut(draw: random.Random, data: bytes) -> bytes:
    start = draw.randrange(len(data) + 1)
    return data[:start] + data[draw.randrange(start, len(data) + 1) :]


def _overwritten(draw: random.Random, data: bytes) -> bytes:
    at = draw.randrange(len(data) + 1)
    put = draw.choice(_BYTES)
    return data[:at] + put + data[at + draw.choice([0, len(put)]) :]


def _doubled(draw: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    at = draw.randrange(len(lines))
    return b"".join([*lines[: at + 1], *lines[at:]])


def _emptied(draw: random.Random, _data: bytes) -> bytes:
    return draw.choice([b"", b"null", b"[]", b"{}", b"1", b'"text"', b"\xff\xfe", b"[" * 5000])


def _revalued(draw: random.Random, document: Any) -> Any:
    """Returns a document with another value in one place, or without it."""
    if not isinstance(document, dict | list) or not document or draw.random() < 0.1:
        return draw.choice(_VALUES)
    keys = list(document) if isinstance(document, dict) else list(range(len(document)))
    chosen = draw.choice(keys)
    changed = document.copy()
    if draw.random() < 0.15:
        del changed[chosen]
    else:
        changed[chosen] = _revalued(draw, document[chosen])
    return changed
