"""Types as GraphQL has them, and the check that each makes of a value.

contract.json writes a type as GraphQL does (`[LineItem!]!`), with a default behind it where the
schema has one (`Int = 1`). It is read when it is first asked for: most requests need few of them.

Source: GraphQL specification, section 3.10 (input objects), 3.11 (lists), 3.12 (non-null).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from chalicelib.contract.operands import BETWEEN, compares, is_out_of_order, operand_type
from chalicelib.contract.scalars import SCALAR_CHECKS, enum_check
from chalicelib.errors import Violation

AWS_JSON = "AWSJSON"
# A value, the JSON pointer to it, and where violations go; returns the value to send.
Check = Callable[[Any, str, list[Violation]], Any]


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type: a name, with lists and non-null around it.

    Attributes:
        name: Of the scalar, enum, object or input object at its heart.
        non_null: It is never null.
        item: What it is a list of; None for no list.
        default: The text of an input's default value; None for none.
    """

    name: str
    non_null: bool = False
    item: "TypeRef | None" = None
    default: str | None = None

    @property
    def required(self) -> bool:
        """Whether an input of this type must be given."""
        return self.non_null and self.default is None

    def __str__(self) -> str:
        """Returns the type as GraphQL writes it, less its default."""
        shown = self.name if self.item is None else f"[{self.item}]"
        return shown + "!" * self.non_null


@lru_cache(maxsize=1024)
def type_ref(text: str) -> TypeRef:
    """Returns the type that GraphQL writes as `text`, with its default if one follows."""
    text, has_default, default = text.partition(" = ")
    non_null = text.endswith("!")
    bare = text.removesuffix("!")
    item = type_ref(bare[1:-1]) if bare.startswith("[") else None
    name = bare if item is None else item.name
    return TypeRef(name, non_null, item, default if has_default else None)


@dataclass(frozen=True, eq=False)
class Types:
    """All named types that the contract speaks of; members by name, as GraphQL writes their types.

    Attributes:
        enums: The values of each enum.
        objects: The fields of each object type and interface.
        inputs: The members of each input object type.
        abstract: The possible object types of each interface and union.
        filters: The members of each filter input, each with its operator input's name.
        operators: The operators of each operator input of a filter.
        linked: The types that other types lead to by relations alone: their fields are no part of
            what a nested value holds.
        json_values: AWSJSON is a JSON value in representations and bodies, no string of JSON.
    """

    enums: Mapping[str, Sequence[str]] = field(default_factory=dict)
    objects: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    abstract: Mapping[str, Sequence[str]] = field(default_factory=dict)
    filters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    operators: Mapping[str, Sequence[str]] = field(default_factory=dict)
    linked: Sequence[str] = ()
    json_values: bool = False
    _checks: dict[str, Check] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def aliases(self) -> Mapping[tuple[str, str, str], str]:
        """The aliases of fields that cannot stand under their own names in one selection set.

        By the interface's or union's name, the object type's and the field's: those that object
        types of one interface or union have with different types. No alias is a field's name.

        Source: GraphQL specification, section 5.3.2, "Field Selection Merging".
        """
        taken = {name for fields in self.objects.values() for name in fields}
        given: dict[tuple[str, str], str] = {}
        found: dict[tuple[str, str, str], str] = {}
        for name, possible in self.abstract.items():
            kinds: dict[str, set[str]] = {}
            for each in possible:
                for member, text in self.objects.get(each, {}).items():
                    kinds.setdefault(member, set()).add(text)
            for each in possible:
                for member in self.objects.get(each, {}):
                    if len(kinds[member]) == 1:
                        continue
                    if (each, member) not in given:
                        alias = f"{member}_of_{each}"
                        while alias in taken:
                            alias += "_"
                        taken.add(alias)
                        given[each, member] = alias
                    found[name, each, member] = given[each, member]
        return found

    @cached_property
    def aliased(self) -> Mapping[str, str]:
        """The fields' names by their aliases."""
        return {alias: member for (_, _, member), alias in self.aliases.items()}

    def check(self, text: str) -> Check:
        """Returns the check of a value, null or not, of the type that GraphQL writes as `text`."""
        check = self._checks.get(text)
        if check is None:
            check = self._checks[text] = self._make_check(type_ref(text))
        return check

    def scalar(self, text: str) -> Callable[[Any], Any] | None:
        """Returns what returns a value of the type, or refuses it by a ValueError.

        None where the type is no scalar or enum: a value of another one can be wrong in many ways.
        """
        ref = type_ref(text)
        if ref.item is not None or ref.name in self.inputs:
            return None
        if ref.name == AWS_JSON and self.json_values:
            return _json_text_of
        if ref.name in self.enums:
            return enum_check(tuple(self.enums[ref.name]))
        return SCALAR_CHECKS[ref.name]

    def _make_check(self, ref: TypeRef) -> Check:
        scalar = self.scalar(str(ref))
        if scalar is not None:
            return scalar_check(scalar, non_null=ref.non_null)
        bare = self._input_check(ref.name) if ref.item is None else self._list_check(ref)

        def check(value: Any, at: str, violations: list[Violation]) -> Any:
            if value is not None:
                return bare(value, at, violations)
            if ref.non_null:
                violations.append(Violation("pointer", at, "is null, which it never is"))
            return None

        return check

    def _input_check(self, name: str) -> Check:
        members = self.inputs[name]
        if not compares(name):
            return self.members_check(members)
        operands = {each: operand_type(name, each, text) for each, text in members.items()}
        bare = self.members_check(operands, required=())

        def check(value: Any, at: str, violations: list[Violation]) -> Any:
            result = bare(value, at, violations)
            if result and is_out_of_order(result.get(BETWEEN)):
                detail = "has its lower bound above its upper one"
                violations.append(Violation("pointer", f"{at}/{BETWEEN}", detail))
            return result

        return check

    def _list_check(self, ref: TypeRef) -> Check:
        each = self.check(str(ref.item))

        def check(value: Any, at: str, violations: list[Violation]) -> Any:
            if not isinstance(value, list):
                violations.append(Violation("pointer", at, f"is not a list of {ref.name}"))
                return None
            return [each(item, f"{at}/{index}", violations) for index, item in enumerate(value)]

        return check

    def members_check(
        self, members: Mapping[str, str], required: Sequence[str] | None = None
    ) -> Check:
        """Returns the check of an object with these members, as of an input object's.

        Args:
            members: Their types by their names.
            required: Which of them must be given; None for those whose types say so.
        """
        if required is None:
            required = [each for each, text in members.items() if type_ref(text).required]

        # Members are looked up at each use: an input type may hold itself.
        def check(value: Any, at: str, violations: list[Violation]) -> Any:
            if not isinstance(value, dict):
                violations.append(Violation("pointer", at, "is not an object"))
                return None
            result = {}
            for each, held in value.items():
                if each in members:  # so it is a name of GraphQL's, which no pointer changes
                    result[each] = self.check(members[each])(held, f"{at}/{each}", violations)
                else:
                    place = f"{at}/{pointer_token(each)}"
                    violations.append(Violation("pointer", place, "is unknown"))
            violations.extend(
                Violation("pointer", f"{at}/{each}", "is missing")
                for each in required
                if each not in value
            )
            return result

        return check


def scalar_check(scalar: Callable[[Any], Any], *, non_null: bool) -> Check:
    """Returns the check of a value that `scalar` returns, or refuses by a ValueError.

    Args:
        scalar: The check of a value other than null.
        non_null: Null is refused too.
    """

    def check(value: Any, at: str, violations: list[Violation]) -> Any:
        if value is not None:
            try:
                return scalar(value)
            except ValueError as error:
                violations.append(Violation("pointer", at, str(error)))
        elif non_null:
            violations.append(Violation("pointer", at, "is null, which it never is"))
        return None

    return check


def _json_text_of(value: Any) -> str:
    """Returns the text by which AppSync takes a JSON value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pointer_token(name: str) -> str:
    """Returns a member's name as it stands in a JSON pointer.

    Source: RFC 6901, section 3.
    """
    return name.replace("~", "~0").replace("/", "~1")
