"""Reads a compiled contract, wherever it lies."""

from pathlib import Path

from bridge.files import FileFault, read_object
from chalicelib.contract.model import Contract, contract_from_json


def read_contract(path: Path) -> Contract:
    """Returns the contract that a file holds.

    Raises:
        FileFault: It is missing, or nothing that this version of the compiler writes.
    """
    document = read_object(path)
    try:
        return contract_from_json(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileFault(path, "no contract; `python -m bridge compile` writes it") from error
