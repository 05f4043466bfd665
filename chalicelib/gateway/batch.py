"""POST /batch: the requests of a batch, driven together.

In each round the next calls of all requests that may go on are performed in as few documents as
AppSync's limits allow. Requests on the same item keep their order, each write in a later round than
the one before; a list waits for, and is waited for by, the writes of its resource; an endpoint, of
which nobody knows what it reads or writes, does so for all.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import TypeAlias

from chalicelib.context import CallContext
from chalicelib.contract.key import KeyValues
from chalicelib.errors import ContentTooLarge, GatewayError
from chalicelib.gateway.calls import Call, Outcome, Steps
from chalicelib.gateway.unforeseen import unforeseen
from chalicelib.gateway.upstream import Upstream
from chalicelib.rest.messages import (
    JSON,
    MAX_REPLY_BYTES,
    RestRequest,
    RestResponse,
    fits_reply,
    wire_bytes,
)
from chalicelib.rest.problems import problem_response
from chalicelib.translation.batch import BatchEntry, batch_text, read_batch

Open = Callable[[RestRequest], Steps]


def answer_batch(request: RestRequest, upstream: Upstream, begin: Open) -> RestResponse:
    """Returns the batch's response: 200, with each request's own response in it.

    Args:
        request: POST /batch.
        upstream: Performs the calls.
        begin: Routes one request and returns its steps, or raises what is wrong with it.

    Raises:
        InvalidRequest: The envelope is malformed.
    """
    entries = read_batch(request)
    tasks = [_Task(entry.request) for entry in entries]
    for task in tasks:
        task.begin(begin)
    while any(task.response is None for task in tasks):
        _perform_round(_ready(tasks), upstream, request.context)
    return RestResponse(
        200, {"Content-Type": JSON, "Cache-Control": "no-store"}, _text(entries, tasks)
    )


class _Task:
    """One request of the batch on its way."""

    __slots__ = ("_request", "_steps", "_written", "call", "response", "touches")

    def __init__(self, request: RestRequest) -> None:
        self._request = request
        self._steps: Steps | None = None
        self._written = False
        self.call: Call | None = None
        self.touches: _Touched | None = None
        self.response: RestResponse | None = None

    def begin(self, begin: Open) -> None:
        try:
            self._steps = begin(self._request)
            self.call = next(self._steps)
            self.touches = _touched(self.call, writes=self._request.method != "GET")
        except StopIteration as done:
            self._end(done.value)
        except Exception as error:  # noqa: BLE001 - the others of the batch go on
            self.refuse(unforeseen(error, maybe_done=False))

    def go_on(self, result: Outcome | GatewayError, *, wrote: bool) -> None:
        if self._steps is None:
            raise RuntimeError("a request without steps has no outcome")
        try:
            # An error of a write may be one after which it was done.
            if wrote:
                self._written = True
            if isinstance(result, GatewayError):
                self.call = self._steps.throw(result)
            else:
                self.call = self._steps.send(result)
        except StopIteration as done:
            self._end(done.value)
        except Exception as error:  # noqa: BLE001 - the others of the batch go on
            self.refuse(unforeseen(error, maybe_done=self._written))

    def write(self) -> None:
        """Makes the response's body text."""
        try:
            self.response = self.response and self.response.written()
        except Exception as error:  # noqa: BLE001 - the others of the batch are answered
            self.refuse(unforeseen(error, maybe_done=self._written))

    def refuse(self, error: GatewayError) -> None:
        self._end(problem_response(error, self._request))

    def _end(self, response: RestResponse) -> None:
        self.call = None
        self.response = response


# What a request reads or writes: one item, all of a resource, or anything (no path); and whether
# it writes.
_Touched: TypeAlias = tuple[str | None, KeyValues | None, bool]


def _touched(call: Call, *, writes: bool) -> _Touched:
    """Returns what a request touches, whose first call may be the read that its write needs."""
    if call.resource is None:
        return None, None, call.writes
    key = call.key
    if writes and key is None:
        # A create whose key account B chooses touches no item that another request can name, but it
        # must be seen by a list, so it is an item of its own.
        key = (f"new-{id(call)}",)
    return call.resource.path, key, writes


def _ready(tasks: Sequence[_Task]) -> list[_Task]:
    """Returns the requests whose next call may be performed now, in the batch's order."""
    waiting = [task for task in tasks if task.call is not None]
    items = {task.touches[:2] for task in waiting if task.touches and task.touches[1]}
    if len(items) == len(waiting):  # each touches an item of its own, as a batch of creates does
        return waiting
    ready: list[_Task] = []
    before = _Earlier()
    for task in waiting:
        if task.touches is None:
            continue
        if not before.conflict(task.touches):
            ready.append(task)
        before.add(task.touches)
    return ready


class _Earlier:
    """What the unfinished requests before one touch, and whether one of them writes it."""

    def __init__(self) -> None:
        self._items: dict[tuple[str | None, KeyValues | None], bool] = {}
        self._resources: dict[str | None, bool] = {}

    def conflict(self, touches: _Touched) -> bool:
        """Whether something before stands in the way: the same is touched, and one writes it.

        So no document holds two mutations of one item. AppSync would do them in order, but the
        first may break off alone, or be repeated once the second has been done.
        """
        path, key, writes = touches
        places: Collection[bool | None]
        if path is None:
            places = self._resources.values()
        elif key is None:
            places = self._resources.get(path), self._resources.get(None)
        else:
            items = self._items
            places = items.get((path, key)), items.get((path, None)), items.get((None, None))
        return True in places or (writes and False in places)

    def add(self, touches: _Touched) -> None:
        path, key, writes = touches
        self._items[path, key] = writes or self._items.get((path, key), False)
        self._resources[path] = writes or self._resources.get(path, False)


def _perform_round(ready: Sequence[_Task], upstream: Upstream, context: CallContext) -> None:
    queries: list[tuple[_Task, Call]] = []
    mutations: list[tuple[_Task, Call]] = []
    for task in ready:
        if task.call is not None:
            (mutations if task.call.writes else queries).append((task, task.call))
    for part in (queries, mutations):
        results: Sequence[Outcome | GatewayError]
        try:
            results = upstream.perform_together([call for _, call in part], context)
        except Exception as error:  # noqa: BLE001 - what was done in earlier rounds stays so
            results = [unforeseen(error, maybe_done=part is mutations)] * len(part)
        for (task, _), result in zip(part, results, strict=True):
            task.go_on(result, wrote=part is mutations)


def _text(entries: Sequence[BatchEntry], tasks: Sequence[_Task]) -> str:
    with suppress(Exception):  # of one value alone, which is then found
        text = batch_text(entries, [task.response for task in tasks if task.response])
        if fits_reply(text):
            return text
    size = 0
    for task in tasks:
        task.write()
        size += wire_bytes(task.response.body) if task.response else 0
        if size > MAX_REPLY_BYTES:
            size -= wire_bytes(task.response.body) if task.response else 0
            # A write has been done all the same, so it keeps its status and loses its body alone.
            _shorten(task)
    return batch_text(entries, [task.response for task in tasks if task.response])


def _shorten(task: _Task) -> None:
    response = task.response
    if response is None:
        return
    if task.touches is not None and task.touches[2]:
        task.response = RestResponse(response.status, response.headers)
    else:
        task.refuse(ContentTooLarge("The batch's reply would be too large. Ask for this alone."))
