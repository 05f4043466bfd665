"""Reads a compiled contract, wherever it lies."""

from pathlib import Path

from bridge.files import FileFault, read_object
from chalicelib.contract.model import Contract, contract_from_json

# What a contract that is none raises, when it is read or when it is first asked.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError)


def read_contract(path: Path) -> Contract:
    """Returns the contract that a file holds.

    Raises:
        FileFault: It is missing, or nothing that this version of the compiler writes.
    """
    document = read_object(path)
    try:
        return contract_from_json(document)
    except MALFORMED as error:
        raise no_contract(path) from error


def no_contract(path: Path) -> FileFault:
    """Returns the fault of a file that is read as a contract and turns out to be none."""
    return FileFault(path, "no contract; `python -m bridge compile` writes it")
