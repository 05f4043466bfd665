"""What the gateway serves today of what a contract knows: the one place that says so."""

from collections.abc import Iterator

from chalicelib.contract.model import Contract, RootField

NO_LIST = "an index query of a type that has no list"


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
        if resource.list is not None:
            yield from resource.indexes
    yield from contract.endpoints.values()
