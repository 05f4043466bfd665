"""Chooses the access path of a list: the table's own, an index's, or a scan of the table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from chalicelib.contract.model import AccessPath, Resource
from chalicelib.contract.types import type_ref

if TYPE_CHECKING:
    from chalicelib.errors import Violation

# Bytes of a key's value; what is longer, or empty, DynamoDB refuses in a key, in a filter not.
# Source: DynamoDB Developer Guide, "Constraints", partition key and sort key length.
_MOST_PARTITION = 2048
_MOST_SORT = 1024
_JOINT = "#"  # between the values of two sort fields, which Amplify stores as one text
_LOGIC = frozenset({"and", "or", "not"})
_EXISTS = ("attributeExists", True)

Condition: TypeAlias = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a list is read.

    Attributes:
        path: The access path.
        given: Its key arguments and its direction, by the names of its arguments.
        filter: The conditions that are left for the filter; None for none.
    """

    path: AccessPath
    given: Mapping[str, Any]
    filter: Mapping[str, Any] | None


def choose(
    resource: Resource,
    paths: Sequence[AccessPath],
    asked: Mapping[str, Any] | None,
    sort: str | None,
) -> Plan:
    """Returns the plan with the most key conditions; of equals the first.

    Args:
        resource: Whose items.
        paths: The table's own path, whose filter input `asked` is of, and then the indexes'.
        asked: The filter input with all conditions; None for none.
        sort: The field that orders the items, with `-` before it for descending; None for any
            order.

    Raises:
        ValueError: No path gives that order.
    """
    parts = list(_parts(resource, asked or {}))
    best = Plan(paths[0], {}, asked)
    most = 0
    for path in paths:
        if sort is not None and not _orders(path, sort):
            continue
        found = _Attempt(resource, path, parts)
        if found.serves(sorted_by_it=sort is not None) and found.pushed > most:
            if found.left and path.filter != paths[0].filter:
                continue
            best, most = Plan(path, found.given, _all_of(resource, path, found.left)), found.pushed
    if sort is None:
        return best
    if not most:
        raise ValueError(_no_order(paths, sort))
    direction = "DESC" if sort.startswith("-") else "ASC"
    return Plan(best.path, {**best.given, "sortDirection": direction}, best.filter)


def _orders(path: AccessPath, sort: str) -> bool:
    return path.directed and path.partition is not None and path.sort == (sort.removeprefix("-"),)


def _no_order(paths: Sequence[AccessPath], sort: str) -> str:
    field = sort.removeprefix("-")
    possible = " or ".join(f"{path.partition}.eq" for path in paths if _orders(path, sort))
    if possible:
        return (
            f"needs {possible} as the one condition on that field, and of {field} itself at most"
            " one eq or one range"
        )
    fields = {path.sort[0]: None for path in paths if path.sort and _orders(path, path.sort[0])}
    return f"is no order of these items; possible: {', '.join(fields) or 'none'}"


class _Attempt:
    """What becomes of the conditions on one access path."""

    def __init__(
        self, resource: Resource, path: AccessPath, parts: Sequence[Mapping[str, Any]]
    ) -> None:
        self._resource = resource
        self._path = path
        self._parts = parts
        self.given: dict[str, Any] = {}
        self.left = list(parts)
        self.pushed = 0
        self._exists: set[str] = set()

    def serves(self, *, sorted_by_it: bool) -> bool:
        """Whether the path gives all of the items; fills in what it takes and what it leaves."""
        path = self._path
        if path.partition is None or not self._partition(path.partition):
            return False
        if len(path.sort) == 1:
            if not self._single(path.sort[0]):
                return False
        elif path.sort:
            self._composite()
        keys = {path.partition, *(path.sort if len(path.sort) == 1 else ())}
        if any(keys & set(_mentioned(self._resource, part)) for part in self.left):
            return False
        return not path.index or all(
            sorted_by_it or name in self._exists or self._required(name) for name in path.sort
        )

    def _required(self, name: str) -> bool:
        declared = self._resource.members.get(name)
        return declared is not None and type_ref(declared).required

    def _partition(self, name: str) -> bool:
        conditions = self._take(name)
        if len(conditions) != 1 or conditions[0][0] != "eq":
            return False
        value = conditions[0][1]
        if not _fits(value, _MOST_PARTITION) or not self._is_argument(name, value):
            return False
        self.given[name] = value
        self.pushed += 1
        return True

    def _is_argument(self, name: str, value: Any) -> bool:
        """Whether the argument takes the value: a filter's text may be no AWSEmail, say."""
        violations: list[Violation] = []
        self._resource.types.check(self._path.arguments[name])(value, "", violations)
        return not violations

    def _single(self, name: str) -> bool:
        """Pushes the condition on the one sort field; returns whether nothing of it is left."""
        conditions = self._take(name)
        if not conditions:
            return True
        argument = self._path.sort_argument
        if argument is None:
            return False
        condition = dict(conditions)
        if len(condition) < len(conditions):
            return False
        if condition.keys() == {"ge", "le"}:
            condition = {"between": [condition["ge"], condition["le"]]}
        offered = self._resource.types.operators.get(self._path.arguments[argument], ())
        if len(condition) != 1 or not condition.keys() <= {*offered}:
            return False
        ((operator, value),) = condition.items()
        values = value if operator == "between" else [value]
        if not all(_fits(each, _MOST_SORT) for each in values):
            return False
        if operator == "between" and _ordered(values[0]) > _ordered(values[1]):
            return False
        self.given[argument] = condition
        self.pushed += 1
        self._exists.add(name)
        return True

    def _composite(self) -> None:
        """Pushes the values of all sort fields; the conditions on them may also stay filters."""
        argument = self._path.sort_argument
        values: dict[str, Any] = {}
        for name in self._path.sort:
            found = [part for part in self.left if part.keys() == {name}]
            equal = [part[name]["eq"] for part in found if "eq" in part[name]]
            if len(equal) != 1:
                return
            values[name] = equal[0]
        joined = _JOINT.join(map(str, values.values()))
        # Only what has one text is one key: a Float has several, and a `#` may be any field's own.
        if argument is None or any(type(each) not in (str, int) for each in values.values()):
            return
        if joined.count(_JOINT) != len(values) - 1 or not all(map(str, values.values())):
            return
        if any(self._kind(name) == "Float" for name in values) or not _fits(joined, _MOST_SORT):
            return
        self.given[argument] = {"eq": values}
        self.left = [
            part for part in self.left if not any(part == {k: {"eq": v}} for k, v in values.items())
        ]
        self.pushed += len(values)
        self._exists.update(values)

    def _kind(self, name: str) -> str:
        return type_ref(self._resource.members[name]).name

    def _take(self, name: str) -> list[Condition]:
        """Takes the conditions on a field out of what is left; that it exists a key says itself."""
        taken = [next(iter(part[name].items())) for part in self.left if part.keys() == {name}]
        self.left = [part for part in self.left if part.keys() != {name}]
        if _EXISTS in taken:
            self._exists.add(name)
        return [each for each in taken if each != _EXISTS]


def _fits(value: Any, most: int) -> bool:
    return not isinstance(value, str) or 0 < len(value.encode("utf-8", "surrogatepass")) <= most


def _ordered(value: Any) -> Any:
    """Returns what orders a value as the store does."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _is_logic(resource: Resource, name: str) -> bool:
    return name in _LOGIC and name not in resource.members


def _parts(resource: Resource, tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Gives what must all hold: one operator of one field each, or a node of `or` or `not`."""
    for name, value in tree.items():
        if name == "and" and _is_logic(resource, name):
            for each in value:
                yield from _parts(resource, each)
        elif _is_logic(resource, name):
            yield {name: value}
        else:
            yield from ({name: {operator: operand}} for operator, operand in value.items())


def _mentioned(resource: Resource, tree: Mapping[str, Any]) -> Iterator[str]:
    """Gives the fields that have a condition anywhere in the tree."""
    for name, value in tree.items():
        if not _is_logic(resource, name):
            yield name
            continue
        for each in value if isinstance(value, list) else [value]:
            yield from _mentioned(resource, each)


def _all_of(
    resource: Resource, path: AccessPath, parts: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Returns one filter input for several; one without `and` takes them as members."""
    if len(parts) <= 1:
        return parts[0] if parts else None
    if "and" in resource.types.filters.get(path.filter or "", {}):
        return {"and": list(parts)}
    return {name: value for part in parts for name, value in part.items()}
