"""GET of a collection: full pages, although AppSync limits before it filters."""

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from operator import is_
from typing import Any, TypeAlias
from urllib.parse import urlencode

from chalicelib.context import CallContext
from chalicelib.contract.model import Resource
from chalicelib.errors import (
    ExpressionTooLarge,
    FieldUnauthorized,
    InvalidRequest,
    KeyFiltered,
    PaginationTokenRefused,
    Violation,
)
from chalicelib.gateway.calls import Call, Outcome, Steps, page_call
from chalicelib.gateway.embedding import read_embedding
from chalicelib.gateway.reads import CACHE_CONTROL
from chalicelib.graphql.replies import Item, Page
from chalicelib.rest.messages import (
    JSON,
    MAX_REPLY_BYTES,
    MOST_WIRE_BYTES,
    RestRequest,
    RestResponse,
    json_text,
    wire_bytes,
)
from chalicelib.translation.cursor import Cursor, encode_cursor, key_hash, room_for_hashes
from chalicelib.translation.query import ListQuery, read_list_query
from chalicelib.translation.representations import (
    is_deleted,
    list_problem,
    representation,
    showing,
)

# A cursor carries a hash for each id given from a page; above this many it would outgrow a URL.
MAX_GIVEN = 200
MAX_UPSTREAM_READS = 30
# A page is short rather than late: no further read is begun with less than this left.
LEAST_SECONDS = 3.0

Reading: TypeAlias = Generator[Call, Outcome, Page]
Values: TypeAlias = Mapping[str, Any]


def read_list(resource: Resource, request: RestRequest) -> Steps:
    """Answers with a page that is full unless the table, or the request's budget, ends."""
    query = read_list_query(resource, resource.access_paths, request)

    def read(variables: Mapping[str, Any]) -> Reading:
        call_of = partial(page_call, resource, query.plan, variables)
        page = yield from read_embedding(resource, query, call_of)
        if not isinstance(page, Page):
            raise TypeError("what a list call reads is a page")
        return page

    return (yield from read_pages(resource, query, request, read))


def read_pages(
    resource: Resource,
    query: ListQuery,
    request: RestRequest,
    read: Callable[[Mapping[str, Any]], Reading],
) -> Steps:
    """Answers with a page.

    Args:
        resource: Whose items.
        query: What is asked for.
        request: The request.
        read: Reads one upstream page, given the variables that all lists have.
    """
    reading = _Reading(resource, query)
    request.context.tally.access.setdefault(query.plan.access)
    while True:
        try:
            page = yield from read(reading.variables())
        except PaginationTokenRefused as error:
            if query.cursor.token is None:
                raise  # the client sent none, so it cannot cure this
            violation = Violation("parameter", "cursor", "is not a cursor of this API")
            raise InvalidRequest([violation]) from error
        except KeyFiltered as error:
            detail = f"cannot hold {error.name}: these items are read by it"
            raise InvalidRequest([Violation("parameter", "filter", detail)]) from error
        except ExpressionTooLarge as error:
            violation = Violation("parameter", "filter", "has more conditions than the store takes")
            raise InvalidRequest([violation]) from error
        if page.refused:
            raise FieldUnauthorized(f"{resource.name}: every item of a page")
        reading.take(page)
        if reading.finished(request.context):
            return _response(request, query, reading)


class _Reading:
    """What has been read so far for one reply."""

    def __init__(self, resource: Resource, query: ListQuery) -> None:
        self._resource = resource
        self._query = query
        self._token = query.cursor.token
        self._upstream_limit = min(
            query.most_read, query.cursor.upstream_limit or self._first_limit()
        )
        # In order, oldest first, as a dict keeps it.
        self._given = dict.fromkeys(query.cursor.given)
        self._reads = 0
        self._scanned = 0
        self._characters = 0
        self._bytes = 0
        self._weighed = 0
        self._count = 0
        self.items: list[str] = []
        self.problems: list[dict[str, object]] = []
        self.next_cursor: Cursor | None = None
        self._complete = False

    def variables(self) -> dict[str, object]:
        plan = self._query.plan
        return {
            **({"filter": plan.filter} if plan.filter is not None else {}),
            "limit": self._upstream_limit,
            "nextToken": self._token,
        }

    def take(self, page: Page) -> None:
        """Takes what still fits from an upstream page, and settles where to go on."""
        page = self._readable(page)
        self._reads += 1
        self._scanned += self._upstream_limit
        fresh = self._fresh(page)
        if len(fresh) > self._missing() and len(page.items) > MAX_GIVEN:
            # More matches than a cursor can name: read the same page again, only less of it.
            self._upstream_limit = MAX_GIVEN
            self.next_cursor = self._cursor_here()
            return
        if self._take_all(page, fresh):
            self._turn(page)
            return
        for taken, (index, values) in enumerate(fresh):
            if self._full():
                self._stop_within(page, fresh[:taken])
                return
            problems = tuple(page.problems.get(index, ()))
            if values is None:
                position = self._count + len(self.problems)
                self.problems.append(list_problem(position, problems))
                continue
            item = Item(values, problems)
            text = json_text(representation(self._resource, item, self._query.chosen))
            if self.items and not self._fits(text):
                self._stop_within(page, fresh[:taken])
                return
            self._keep(text)
            self._count += 1
        self._turn(page)

    def _take_all(self, page: Page, fresh: Sequence[tuple[int, Values | None]]) -> bool:
        """Takes all entries in one piece, where nothing is amiss and they fit; whether it did.

        An encoder's start costs as much as a small item's encoding.
        """
        if page.problems or not 0 < len(fresh) <= self._missing():
            return False
        show = showing(self._resource, self._query.chosen)
        shown = [show(values) for _, values in fresh if values is not None]
        if len(shown) < len(fresh):
            return False
        text = _text(page, shown)
        if not self._fits(text):
            return False
        self._keep(text)
        self._count += len(fresh)
        return True

    def _fits(self, text: str) -> bool:
        """Whether the text may go out with what was taken; weighed where that could say no."""
        if MOST_WIRE_BYTES * (self._characters + len(text)) <= MAX_REPLY_BYTES:
            return True
        self._bytes += sum(map(wire_bytes, self.items[self._weighed :]))
        self._weighed = len(self.items)
        return self._bytes + wire_bytes(text) <= MAX_REPLY_BYTES

    def _keep(self, text: str) -> None:
        self.items.append(text)
        self._characters += len(text)

    def _fresh(self, page: Page) -> list[tuple[int, Values | None]]:
        """Returns the entries of the page, with their indexes, that no reply has told of yet."""
        if not self._given:
            return list(enumerate(page.items))
        hashes = [None if each is None else self._hash(each) for each in page.items]
        told = max((i for i, each in enumerate(hashes) if each in self._given), default=-1)
        return [
            (index, values)
            for index, (values, each) in enumerate(zip(page.items, hashes, strict=True))
            if (index > told if values is None else each not in self._given)
        ]

    def _readable(self, page: Page) -> Page:
        """Returns the page less deleted items, with None for each whose key could not be read."""
        page = self._between(without_deleted(self._resource, page))
        key = self._resource.key
        if key is None:
            return page
        unnamed = [at for at, each in enumerate(page.items) if each is None or key.of(each) is None]
        if not unnamed:
            return page
        items = list(page.items)
        problems = dict(page.problems)
        for index in unnamed:
            items[index] = None
            problems[index] = problems.get(index) or ((key.names[0],),)
        return Page(items, problems, page.next_token)

    def _between(self, page: Page) -> Page:
        """Returns the page less the items on a bound that the key took in."""
        dropped = self._query.plan.dropped
        if not dropped:
            return page
        return without(
            page,
            [
                each is not None
                and any(each.get(name) in values for name, values in dropped.items())
                for each in page.items
            ],
        )

    def _hash(self, values: Values) -> bytes:
        """Returns the hash of what tells the item from the others: its key, or all of it."""
        key = self._resource.key and self._resource.key.of(values)
        return key_hash(key or (json_text(values),))

    def finished(self, context: CallContext) -> bool:
        """Whether the reply is to go out now."""
        if self._complete or self._full():
            return True
        return self._reads >= MAX_UPSTREAM_READS or context.deadline.remaining() < LEAST_SECONDS

    def _turn(self, page: Page) -> None:
        """Goes on to the next upstream page; all of this one has been given."""
        if self._given:
            # A hash that this page did not hold may stand on the next one: pages are also bounded
            # by size, so writes to other items can move their ends.
            here = {self._hash(each) for each in page.items if each is not None}
            self._forget(here, room_for_hashes(page.next_token))
        self._token = page.next_token
        if page.next_token is None:
            self._complete = True
            self.next_cursor = None
            return
        self._upstream_limit = self._next_limit()
        self.next_cursor = Cursor(self._token, None, tuple(self._given))

    def _stop_within(self, page: Page, given: Sequence[tuple[int, object]]) -> None:
        indexes = {index for index, _ in given}
        hashes = {
            index: self._hash(each) for index, each in enumerate(page.items) if each is not None
        }
        told = [each for index, each in hashes.items() if index in indexes or each in self._given]
        self._forget(set(told), room_for_hashes(self._token) - len(told))
        self._given.update(dict.fromkeys(told))
        self.next_cursor = self._cursor_here()
        self._complete = True

    def _forget(self, here: set[bytes], room: int) -> None:
        """Leaves, of the given ids, the newest that the page in hand does not hold.

        All of them may be of deleted items, and a client that deletes what it lists would make
        the cursor grow without end.

        Args:
            here: What the page in hand holds.
            room: How many the cursor has room for.
        """
        gone = [each for each in self._given if each not in here]
        kept = max(0, min(MAX_GIVEN, room))
        self._given = dict.fromkeys(gone[len(gone) - min(kept, len(gone)) :])

    def _cursor_here(self) -> Cursor:
        """Returns the cursor that reads this upstream page again, less what has been given."""
        return Cursor(self._token, self._upstream_limit, tuple(self._given))

    def _missing(self) -> int:
        return self._query.limit - self._count

    def _full(self) -> bool:
        return self._missing() <= 0

    def _first_limit(self) -> int:
        if self._query.plan.filter is None:
            return self._query.limit
        # No more than a cursor can name: what is read and not given would be read again.
        return min(self._query.most_read, 2 * self._query.limit, MAX_GIVEN)

    def _next_limit(self) -> int:
        """Returns the upstream limit that will just fill the page, at the rate seen so far."""
        if self._query.plan.filter is None:
            return self._missing()
        if not self.items:
            return min(self._query.most_read, 5 * self._upstream_limit)
        wanted = self._missing() * self._scanned // self._count + 1
        return min(self._query.most_read, wanted)


def _text(page: Page, shown: Sequence[Values]) -> str:
    """Returns the representations' JSON: account B's own, where all are shown as they came."""
    if page.text and len(shown) == len(page.items) and all(map(is_, shown, page.items)):
        return page.text
    return json_text(shown)[1:-1]


def without_deleted(resource: Resource, page: Page) -> Page:
    """Returns the page less the items that the store keeps as deleted ones."""
    if resource.version is None or resource.version.deleted is None:
        return page
    gone = [each is not None and is_deleted(resource, each) for each in page.items]
    return without(page, gone)


def without(page: Page, gone: Sequence[bool]) -> Page:
    """Returns the page less the items of which `gone` is true."""
    if not any(gone):
        return page
    kept = [index for index, deleted in enumerate(gone) if not deleted]
    problems = {
        position: page.problems[index]
        for position, index in enumerate(kept)
        if index in page.problems
    }
    return Page([page.items[index] for index in kept], problems, page.next_token)


def _response(request: RestRequest, query: ListQuery, reading: _Reading) -> RestResponse:
    # The items are JSON already; each was encoded when its size was taken.
    parts = [f'"items":[{",".join(reading.items)}]']
    if reading.problems:
        parts.append(f'"problems":{json_text(reading.problems)}')
    headers = {"Content-Type": JSON, "Cache-Control": CACHE_CONTROL}
    if reading.next_cursor is not None:
        text = encode_cursor(reading.next_cursor, query.bound_to)
        parts.append(f'"nextCursor":{json_text(text)}')
        # The limit that was used, which may be less than what was asked for.
        used = {"limit": str(query.limit)}
        parameters = [
            (name, used.get(name, value)) for name, value in request.query if name != "cursor"
        ]
        following = urlencode([*parameters, ("cursor", text)])
        headers["Link"] = f'<{request.base_path}{request.path}?{following}>; rel="next"'
    return RestResponse(200, headers, f"{{{','.join(parts)}}}")
