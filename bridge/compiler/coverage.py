"""How much of a schema the REST API shows, and what it leaves out, by reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bridge.compiler.compilation import Compilation, RootFieldKind
from chalicelib.contract.model import Guarantees, Resource

_FEW = 3


@dataclass(frozen=True)
class Coverage:
    """How much of one schema is shown.

    Attributes:
        compilation: What the compiler made of it.
    """

    compilation: Compilation

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """Why what is left out is, by its name, `Type.field`."""
        return {each.name: each.reason for each in self.compilation.left_out}

    @cached_property
    def by_reason(self) -> Mapping[str, Sequence[str]]:
        """What is left out, by its reason; the reason of most first."""
        grouped: dict[str, list[str]] = {}
        for each in self.compilation.left_out:
            grouped.setdefault(each.reason, []).append(each.name)
        return dict(sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])))

    @property
    def shown_root_fields(self) -> int:
        """How many queries and mutations are shown."""
        return sum(each.name not in self.reasons for each in self.compilation.root_fields)

    @property
    def shown_fields(self) -> int:
        """How many fields of the resources' types are shown."""
        return sum(name not in self.reasons for name in self.compilation.fields)

    def path_of(self, root: RootFieldKind) -> str | None:
        """Returns the path template at which a root field is shown; None where it is not."""
        if root.name in self.reasons:
            return None
        if root.resource is None:
            return f"/rpc/{root.field}"
        resource = self.compilation.contract.by_name[root.resource]
        of_item = root.kind in {"get", "update", "delete"}
        return resource.template if of_item else f"/{resource.path}"

    def lines(self, few: int | None = _FEW) -> Iterator[str]:
        """Gives the report.

        Args:
            few: How many names are given of what has one reason; None for all, and for what is
                known of each resource.
        """
        compilation = self.compilation
        yield (
            f"shown: {self.shown_root_fields} of {len(compilation.root_fields)} queries and"
            f" mutations, {self.shown_fields} of {len(compilation.fields)} fields of"
            f" {len(compilation.contract.resources)} resources"
        )
        if few is None:
            yield from map(_resource_line, compilation.contract.resources)
        for reason, names in self.by_reason.items():
            listed = names if few is None else names[:few]
            more = len(names) - len(listed)
            ending = f" and {more} more" if more else ""
            yield f"left out: {', '.join(listed)}{ending}: {reason}"
        if compilation.subscriptions:
            count = compilation.subscriptions
            yield f"left out: subscriptions ({count}): REST has no place for them"

    def as_json(self) -> dict[str, Any]:
        """Returns the report as JSON."""
        compilation = self.compilation
        return {
            "root_fields": {
                "shown": self.shown_root_fields,
                "all": len(compilation.root_fields),
                "each": [self._root_field_json(each) for each in compilation.root_fields],
            },
            "fields": {"shown": self.shown_fields, "all": len(compilation.fields)},
            "resources": [
                {
                    "name": each.name,
                    "path": each.template,
                    "guarantees": each.guarantees,
                    "version": each.version.field if each.version else None,
                }
                for each in compilation.contract.resources
            ],
            "left_out": [
                {"name": each.name, "reason": each.reason} for each in compilation.left_out
            ],
            "subscriptions": compilation.subscriptions,
            "notes": list(compilation.notes),
        }

    def _root_field_json(self, each: RootFieldKind) -> dict[str, Any]:
        return {
            "parent": each.parent,
            "field": each.field,
            "kind": each.kind,
            "resource": each.resource,
            "path": self.path_of(each),
            "reason": self.reasons.get(each.name),
        }


def _resource_line(resource: Resource) -> str:
    """Returns what is known of a resource, and whence."""
    amplify = resource.guarantees is Guarantees.AMPLIFY
    whose = "Amplify's, by the names of its types" if amplify else "not known to be Amplify's"
    etag = f"ETags of {resource.version.field}" if resource.version else "no ETags"
    return f"resource: {resource.template} ({resource.name}): {etag}; resolvers {whose}"


def table(covered: Mapping[str, Coverage]) -> Iterator[str]:
    """Gives a table of several schemas, by their names, one line each.

    Args:
        covered: The coverage of each.
    """
    width = max(map(len, covered), default=0)
    yield f"{'schema':{width}}  {'queries and mutations':>21}  {'fields':>9}  {'resources':>9}"
    for name, each in covered.items():
        roots = f"{each.shown_root_fields}/{len(each.compilation.root_fields)}"
        fields = f"{each.shown_fields}/{len(each.compilation.fields)}"
        resources = len(each.compilation.contract.resources)
        yield f"{name:{width}}  {roots:>21}  {fields:>9}  {resources:>9}"
