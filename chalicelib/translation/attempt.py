"""What one access path takes of a list's conditions, and what it leaves to the filter."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from chalicelib.contract.model import AccessPath, Resource
from chalicelib.contract.types import type_ref
from chalicelib.translation.orders import ABOVE_JOINT, NUMBERS, kind_of, orders

if TYPE_CHECKING:
    from chalicelib.errors import Violation

# Bytes of a key's value; what is longer, or empty, DynamoDB refuses in a key, in a filter not.
# Source: DynamoDB Developer Guide, "Constraints", partition key and sort key length.
_MOST_PARTITION = 2048
_MOST_SORT = 1024
_JOINT = "#"  # between the values of two sort fields, which Amplify stores as one text
_LOGIC = frozenset({"and", "or", "not"})
_EXISTS = ("attributeExists", True)
_LOWER = ("ge", "gt")
_UPPER = ("le", "lt")
# What an item without the field never meets.
_NEEDS_VALUE = frozenset({"eq", "gt", "ge", "lt", "le", "between", "contains", "beginsWith"})
# A key's argument for such a field takes any text, so also a beginning.
_BEGINNINGS = frozenset({"String", "ID", "AWSDateTime"})

Part: TypeAlias = Mapping[str, Any]


class Attempt:
    """What becomes of the conditions on one access path."""

    def __init__(
        self, resource: Resource, path: AccessPath, parts: Sequence[Part], sort: str | None
    ) -> None:
        self._resource = resource
        self.path = path
        self._sort = None if sort is None else sort.removeprefix("-")
        self.given: dict[str, Any] = {}
        self.left = list(parts)
        self.dropped: dict[str, Sequence[Any]] = {}
        self.pushed = 0
        # The fields that every item has that is asked for.
        self._held = {
            name
            for part in parts
            for name, condition in part.items()
            if not _is_logic(resource, name)
            and (condition.keys() & _NEEDS_VALUE or condition.get(_EXISTS[0]) is _EXISTS[1])
        }
        self._fixed: set[str] = set()

    def weigh(self) -> str | None:
        """Returns why the path does not give all of the items; fills in what it takes and leaves.

        The table's own path serves as a scan where it has no key to take.
        """
        path = self.path
        if path.partition is None and not path.related:
            return None if self._sort is None else "it has no order"
        if path.partition is not None:
            reason = self._partition(path.partition)
            if reason is not None:
                if path.index or self._sort is not None:
                    return reason
                self.given, self.pushed = {}, 0
                return None
        if len(path.sort) == 1:
            reason = self._single(path.sort[0])
        else:
            self._composite()
            reason = None
        return reason or self._unfiltered() or self._unordered() or self._sparse()

    def _partition(self, name: str) -> str | None:
        found = [part for part in self.left if part.keys() == {name}]
        conditions = [each for part in found for each in part[name].items() if each != _EXISTS]
        if len(conditions) != 1 or conditions[0][0] != "eq":
            return f"needs {name}.eq as the one condition on that field"
        value = conditions[0][1]
        if not _fits(value, _MOST_PARTITION) or not self._is_argument(name, value):
            return f"its key cannot hold that value of {name}"
        mentioned = [part for part in self.left if part not in found]
        if any(name in _mentioned(self._resource, part) for part in mentioned):
            return f"needs {name}.eq as the one condition on that field"
        self.left = mentioned
        self.given[name] = value
        self.pushed += 1
        return None

    def _is_argument(self, name: str, value: Any) -> bool:
        """Whether the argument takes the value: a filter's text may be no AWSEmail, say."""
        violations: list[Violation] = []
        self._resource.types.check(self.path.arguments[name])(value, "", violations)
        return not violations

    def _single(self, name: str) -> str | None:
        """Pushes the condition on the one sort field; returns why something of it is left."""
        conditions = self._take(name)
        if not conditions:
            return None
        refused = f"its key takes of {name} at most one eq, one range or one beginsWith"
        argument = self.path.sort_argument
        condition = dict(conditions)
        if argument is None or len(condition) < len(conditions):
            return refused
        condition, dropped = _as_between(condition)
        offered = self._resource.types.operators.get(
            type_ref(self.path.arguments[argument]).name, ()
        )
        if len(condition) != 1 or not condition.keys() <= {*offered}:
            return refused
        ((operator, value),) = condition.items()
        values = value if operator == "between" else [value]
        if not all(_fits(each, _MOST_SORT) for each in values):
            return f"its key cannot hold that value of {name}"
        if operator == "between" and values[0] > values[1]:
            return f"the lower bound of {name} is above the upper one"
        self.given[argument] = condition
        self.pushed += 1
        if dropped:
            self.dropped[name] = dropped
        return None

    def _composite(self) -> None:
        """Pushes what it can of the conditions on several sort fields, which are one text.

        All of them may also stay in the filter, and do where that text does not say it exactly.
        """
        for name in self.path.sort:
            self.left = [part for part in self.left if part != {name: dict([_EXISTS])}]
        argument = self.path.sort_argument
        if argument is None:
            return
        prefix: dict[str, Any] = {}
        for name in self.path.sort:
            value = self._fixed_value(name)
            if value is None:
                break
            prefix[name] = value
        self._fixed = set(prefix)
        if len(prefix) == len(self.path.sort):
            self._give(argument, "eq", [prefix], prefix, len(prefix))
            return
        following = self.path.sort[len(prefix)]
        if self._beginning(argument, prefix, following) or self._range(argument, prefix, following):
            return
        if prefix:  # `x` is also the beginning of `xx`, so the condition stays in the filter too
            self._give(argument, "beginsWith", [prefix], {}, len(prefix))

    def _beginning(self, argument: str, prefix: Mapping[str, Any], name: str) -> bool:
        found = self._conditions(name, "beginsWith")
        if len(found) != 1 or self._kind(name) not in _BEGINNINGS or _JOINT in found[0]:
            return False
        given = {**prefix, name: found[0]}
        exact = prefix if not any(map(self._may_hold_joint, prefix)) else {}
        said = {name: {"beginsWith": found[0]}}
        return self._give(argument, "beginsWith", [given], exact, len(given), said)

    def _range(self, argument: str, prefix: Mapping[str, Any], name: str) -> bool:
        """Pushes both bounds of the last field under the fixed ones before it."""
        if not prefix or name != self.path.sort[-1] or self._kind(name) in NUMBERS:
            return False
        between = self._conditions(name, "between")
        lower = [each for op in _LOWER for each in self._conditions(name, op)]
        upper = [each for op in _UPPER for each in self._conditions(name, op)]
        if len(between) == 1 and not (lower or upper):
            low, high = between[0]
        elif len(lower) == len(upper) == 1 and not between:
            low, high = lower[0], upper[0]
        else:
            return False
        if low > high or not (self._is_value(name, low) and self._is_value(name, high)):
            return False
        exact = prefix if not any(map(self._may_hold_joint, prefix)) else {}
        bounds = [{**prefix, name: low}, {**prefix, name: high}]
        said = {name: {"ge": low, "le": high, "between": [low, high]}}
        return self._give(argument, "between", bounds, exact, len(prefix) + 1, said)

    def _give(
        self,
        argument: str,
        operator: str,
        values: Sequence[Mapping[str, Any]],
        exact: Mapping[str, Any],
        pushed: int,
        said: Mapping[str, Mapping[str, Any]] = {},
    ) -> bool:
        """Gives the key its condition; the filter keeps what that does not say exactly.

        Args:
            argument: The key's.
            operator: Of the condition.
            values: One, or two for `between`.
            exact: The values whose `eq` it says exactly.
            pushed: How many conditions it says.
            said: Conditions by field and operator that it says exactly.
        """
        texts = [_JOINT.join(map(str, each.values())) for each in values]
        if not all(_fits(each, _MOST_SORT) for each in texts):
            return False
        self.given[argument] = {operator: list(values) if operator == "between" else values[0]}
        self.pushed += pushed
        gone = [{name: {"eq": value}} for name, value in exact.items()]
        gone += [{name: {op: value}} for name, each in said.items() for op, value in each.items()]
        self.left = [part for part in self.left if part not in gone]
        return True

    def _fixed_value(self, name: str) -> Any:
        """Returns the one value that a sort field may have; None where there is no such one."""
        equal = self._conditions(name, "eq")
        # Only what has one text is one key: a Float has several, and a `#` may be any field's own.
        if len(equal) != 1 or type(equal[0]) not in (str, int) or self._kind(name) == "Float":
            return None
        text = str(equal[0])
        return equal[0] if text and _JOINT not in text and self._is_value(name, equal[0]) else None

    def _conditions(self, name: str, operator: str) -> list[Any]:
        return [part[name][operator] for part in self.left if operator in part.get(name, {})]

    def _is_value(self, name: str, value: Any) -> bool:
        """Whether the field can have the value: the key's argument is of its type, or of text."""
        violations: list[Violation] = []
        ref = type_ref(self._resource.members[name])
        if ref.name not in _BEGINNINGS:
            self._resource.types.check(ref.name)(value, "", violations)
        return not violations

    def _may_hold_joint(self, name: str) -> bool:
        kind = self._kind(name)
        return not (kind in ABOVE_JOINT or kind in NUMBERS or kind in self._resource.types.enums)

    def _kind(self, name: str) -> str:
        return kind_of(self._resource, name)

    def _unfiltered(self) -> str | None:
        """Returns why the filter cannot take what is left: the store refuses its own key in one."""
        path = self.path
        keys = {*(path.sort if len(path.sort) == 1 else ())}
        for part in self.left:
            for name in _mentioned(self._resource, part):
                if name in keys:
                    return f"a condition on {name} within `or` or `not` is none for its key"
        return None

    def _unordered(self) -> str | None:
        if self._sort is None:
            return None
        for each in orders(self._resource, [self.path]):
            if each.field == self._sort:
                missing = [one for one in each.needs if one in self.path.sort]
                if {*missing} <= self._fixed:
                    return None
                return f"needs {' and '.join(f'{one}.eq' for one in missing)} for that order"
        return "gives another order, or none"

    def _sparse(self) -> str | None:
        """Returns which items the index lacks: those without one of its key fields.

        An order asks for those that have what it is made of.
        """
        if not self.path.index or self.path.related:
            return None  # a relation's items are those of its index
        lacking = [
            name
            for name in self.path.sort
            if self._sort is None and name not in self._held and not self._required(name)
        ]
        if not lacking:
            return None
        cures = " and ".join(f"{name}.exists=true" for name in lacking)
        ordered = {each.field for each in orders(self._resource, [self.path])}
        also = f" or sort={lacking[0]}" if len(lacking) == 1 and lacking[0] in ordered else ""
        return f"holds only items with {' and '.join(lacking)}: {cures}{also} would ask for these"

    def _required(self, name: str) -> bool:
        declared = self._resource.members.get(name)
        return declared is not None and type_ref(declared).required

    def _take(self, name: str) -> list[tuple[str, Any]]:
        """Takes the conditions on a field out of what is left; that it exists a key says itself."""
        taken = [next(iter(part[name].items())) for part in self.left if part.keys() == {name}]
        self.left = [part for part in self.left if part.keys() != {name}]
        return [each for each in taken if each != _EXISTS]


def _as_between(condition: Mapping[str, Any]) -> tuple[dict[str, Any], Sequence[Any]]:
    """Returns two bounds as one `between`, and those of them that are not to be in it."""
    lower = [name for name in _LOWER if name in condition]
    upper = [name for name in _UPPER if name in condition]
    if len(condition) != 2 or not (lower and upper):  # noqa: PLR2004 - a lower and an upper bound
        return dict(condition), ()
    bounds = [condition[lower[0]], condition[upper[0]]]
    return {"between": bounds}, [condition[name] for name in ("gt", "lt") if name in condition]


def _fits(value: Any, most: int) -> bool:
    return not isinstance(value, str) or 0 < len(value.encode()) <= most


def _is_logic(resource: Resource, name: str) -> bool:
    return name in _LOGIC and name not in resource.members


def parts_of(resource: Resource, tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Gives what must all hold: one operator of one field each, or a node of `or` or `not`."""
    for name, value in tree.items():
        if name == "and" and _is_logic(resource, name):
            for each in value:
                yield from parts_of(resource, each)
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
