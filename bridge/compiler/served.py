"""What the gateway serves today of what a contract knows: the one place that says so."""

from collections.abc import Iterator

from chalicelib.contract.model import Contract, Resource, RootField

INDEX = "an index query: lists do not use indexes yet"
RELATION = "a relation: related items are not served yet"
_READ_ONLY = "read-only: {type} has conflict resolution (`{member}`), not served yet"


def unserved_writes(resource: Resource) -> str | None:
    """Returns why a resource's writes are not served; None where they are."""
    version = resource.version
    if version is None or version.sent_as is None:
        return None
    return _READ_ONLY.format(type=resource.name, member=version.sent_as)


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
