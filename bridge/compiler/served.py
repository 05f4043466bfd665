"""What the gateway serves today of what a contract knows: the one place that says so."""

from collections.abc import Iterator

from chalicelib.contract.model import Contract, RootField

INDEX = "an index query: lists do not use indexes yet"


def served_fields(contract: Contract) -> Iterator[RootField]:
    """Gives the root fields that the gateway calls."""
    for resource in contract.resources:
        for each in (
            resource.get,
            resource.list,
            resource.create,
            resource.update,
            resource.delete,
        ):
            if each is not None:
                yield each
    yield from contract.endpoints.values()
