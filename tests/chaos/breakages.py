"""Gateways that are broken on purpose, each of which the fault run must catch."""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.gateway.calls import Call, page_call, write_call
from chalicelib.graphql.replies import Branch, Page, read_related
from tests.chaos.subjects import SHOP, VERSIONED_SHOPS, Subject

# Puts a value in the place of what a dotted name stands for.
Patch = Callable[[str, Any], None]


def _no_version_sent(patch: Patch) -> None:
    def without(resource: Any, write: Any, values: Mapping[str, Any], **more: Any) -> Any:
        kept = {name: value for name, value in values.items() if name != "_version"}
        return write_call(resource, write, kept, **more)

    patch("chalicelib.gateway.versioned.write_call", without)


def _merge_for_success(patch: Patch) -> None:
    patch("chalicelib.gateway.versioned._is_next", lambda *_: True)
    patch("chalicelib.gateway.versioned.same_values", lambda *_: True)


def _tombstone_shown(patch: Patch) -> None:
    patch("chalicelib.gateway.reads.deleted", lambda *_: False)


def _tombstone_listed(patch: Patch) -> None:
    patch("chalicelib.gateway.lists.without_deleted", lambda _resource, page: page)


def _tombstone_embedded(patch: Patch) -> None:
    patch("chalicelib.translation.representations.is_deleted", lambda *_: False)


def _stale_write_sent(patch: Patch) -> None:
    patch("chalicelib.rest.conditional.EntityTags.match_strongly", lambda *_: True)


def _without_argument(name: str) -> Callable[[Patch], None]:
    def break_lists(patch: Patch) -> None:
        def without(resource: Any, plan: Any, variables: Any, selection: Any) -> Any:
            sent = {**plan.given, **variables}
            kept = {each: value for each, value in sent.items() if each != name}
            return page_call(resource, replace(plan, given={}), kept, selection)

        patch("chalicelib.gateway.lists.page_call", without)

    return break_lists


def _relation_cut_short(patch: Patch) -> None:
    def first_alone(*given: Any, **more: Any) -> Branch:
        branch = read_related(*given, **more)
        if not isinstance(branch.value, Page):
            return branch
        return branch._replace(value=branch.value._replace(items=branch.value.items[:1]))

    patch("chalicelib.gateway.relations.read_related", first_alone)


def _endpoint_repeated(patch: Patch) -> None:
    def repeatable(*given: Any, **more: Any) -> Call:
        return Call(*given, **{**more, "repeatable": True})

    patch("chalicelib.gateway.rpc.Call", repeatable)


_AUTOMERGE = next(each for each in VERSIONED_SHOPS if each.merges)
# By name: how it is broken, and the subjects on which that shows.
BREAKAGES: Mapping[str, tuple[Callable[[Patch], None], tuple[Subject, ...]]] = {
    "no _version sent": (_no_version_sent, VERSIONED_SHOPS),
    "merge taken for success": (_merge_for_success, (_AUTOMERGE,)),
    "tombstone shown": (_tombstone_shown, VERSIONED_SHOPS),
    "tombstone listed": (_tombstone_listed, VERSIONED_SHOPS),
    "tombstone embedded": (_tombstone_embedded, VERSIONED_SHOPS),
    "stale write sent": (_stale_write_sent, VERSIONED_SHOPS),
    "indexed list without its filter": (_without_argument("filter"), (SHOP,)),
    "indexed list without its order": (_without_argument("sortDirection"), (SHOP,)),
    "relation cut short": (_relation_cut_short, (SHOP,)),
    "endpoint repeated once sent": (_endpoint_repeated, (SHOP,)),
}


def break_gateway(name: str) -> None:
    """Breaks the gateway of this process for good."""
    BREAKAGES[name][0](_put)


def _put(target: str, value: Any) -> None:
    parent, _, name = target.rpartition(".")
    setattr(pkgutil.resolve_name(parent), name, value)
