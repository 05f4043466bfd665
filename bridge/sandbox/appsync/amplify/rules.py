"""Who may do what to a model: the rules of @auth, as far as an IAM caller meets them.

Source: Amplify's documentation of @auth; its transformer's access control matrix, which has a row
for each role, a column for each field and operations in each cell.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any

_READS = frozenset({"get", "list", "sync", "listen", "search"})
_OPERATIONS = frozenset({"create", "update", "delete"}) | _READS
_WHO = {"groups", "groupsField", "groupClaim", "ownerField", "identityClaim"}
# Gen 2 calls the provider of its identity pools by another name.
_IAM_PROVIDERS = {"iam", "identityPool"}


class RuleError(Exception):
    """The rules of @auth are malformed."""


class Role(Enum):
    """What a caller is to the resolvers.

    IAM is any IAM caller where Gen 2's resolvers admit them all, ADMIN one on the list of Gen 1.
    PRIVATE and PUBLIC are the roles that an identity pool gives to signed-in users and to guests.
    """

    IAM = "iam"
    ADMIN = "admin"
    PRIVATE = "private"
    PUBLIC = "public"
    API_KEY = "api key"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        allow: Whom it admits: "private", "public", "owner" and so on.
        provider: How they are known; None for the usual way.
        operations: What they may do.
        who: What else the rule says of them, such as the name of a group.
    """

    allow: str
    provider: str | None
    operations: frozenset[str]
    who: str = ""

    def admits(self, role: Role, operation: str) -> bool:
        """Returns whether the rule lets a caller of this role do that."""
        if operation not in self.operations:
            return False
        if role is Role.API_KEY:
            return self.allow == "public" and self.provider in {None, "apiKey"}
        return self.allow == role.value and self.provider in _IAM_PROVIDERS


# What a model is taken to declare while nobody has read its source.
ASSUMED = (Rule("private", "iam", _OPERATIONS),)


@dataclass(frozen=True)
class Access:
    """The rules of a model and of its fields.

    Attributes:
        fields: All fields of the model.
        rules: The model's; None for a model without @auth, whose resolvers refuse everybody but
            Gen 2's IAM callers.
        field_rules: Those of the fields that have their own.
    """

    fields: tuple[str, ...]
    rules: tuple[Rule, ...] | None
    field_rules: Mapping[str, tuple[Rule, ...]]

    def may(self, role: Role, operation: str) -> bool:
        """Returns whether a role may do that at all: to every field for a delete, else to one."""
        each = (self.may_touch(role, operation, name) for name in self.fields)
        return all(each) if operation == "delete" else any(each)

    def may_touch(self, role: Role, operation: str, field: str) -> bool:
        """Returns whether a role may do that to one field."""
        rules = self.field_rules.get(field, self.rules or ())
        return _passes(role, rules) or any(rule.admits(role, operation) for rule in rules)

    def refused(self, role: Role, operation: str, given: Mapping[str, Any]) -> tuple[str, ...]:
        """Returns the fields among those given that a role may not write.

        A field is cleared with the right to delete it.
        """
        return tuple(
            name
            for name in self.fields
            if name in given
            and not (
                self.may_touch(role, operation, name)
                and (
                    operation != "update"
                    or given[name] is not None
                    or self.may_touch(role, "delete", name)
                )
            )
        )

    def may_read(self, role: Role, field: str) -> bool:
        """Returns whether a role may read one field."""
        return any(self.may_touch(role, operation, field) for operation in ("get", "list"))

    @cached_property
    def guarded(self) -> frozenset[str]:
        """Returns the fields that some role who may read the model may not read.

        They have a resolver of their own, which shows nothing in a mutation's reply: a subscriber
        would see it.
        """
        readers = {name: self._readers(name) for name in self.fields}
        every = frozenset().union(*readers.values())
        return frozenset(name for name in self.fields if readers[name] < every)

    def _readers(self, field: str) -> frozenset[Rule]:
        rules = self.field_rules.get(field, self.rules or ())
        return frozenset(
            replace(rule, operations=_READS) for rule in rules if rule.operations & {"get", "list"}
        )


def read_rules(given: Any) -> tuple[Rule, ...]:
    """Returns the rules of an @auth directive.

    Raises:
        RuleError: They are malformed.
    """
    listed = given if isinstance(given, list) else [given]
    return tuple(_rule(item) for item in listed)


def may_call(rules: Iterable[Rule] | None, role: Role) -> bool:
    """Returns whether a role may call a field that belongs to no model."""
    given = tuple(rules or ())
    return _passes(role, given) or any(
        rule.admits(role, operation) for rule in given for operation in rule.operations
    )


def _passes(role: Role, rules: tuple[Rule, ...]) -> bool:
    """Returns whether a role passes whatever the rules say: Gen 1's list needs some to be there."""
    return role is Role.IAM or (role is Role.ADMIN and bool(rules))


def _rule(given: Any) -> Rule:
    if not isinstance(given, dict) or not isinstance(given.get("allow"), str):
        raise RuleError("a rule of @auth needs allow")
    provider = given.get("provider")
    operations = given.get("operations")
    listed = operations if isinstance(operations, list) else [operations]
    who = repr(sorted((name, repr(value)) for name, value in given.items() if name in _WHO))
    if not isinstance(provider, str | None):
        raise RuleError("a rule's provider must be a name")
    if operations is None:
        return Rule(given["allow"], provider, _OPERATIONS, who)
    known = _OPERATIONS | {"read"}
    unknown = [item for item in listed if not isinstance(item, str) or item not in known]
    if unknown:
        raise RuleError(f"@auth knows no operation {unknown[0]}")
    expanded = frozenset(map(str, listed)) - {"read"} | (
        _READS if "read" in listed else frozenset()
    )
    return Rule(given["allow"], provider, expanded, who)
