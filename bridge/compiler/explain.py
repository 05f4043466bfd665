"""What a REST request asks of account B: told by the gateway's own steps, which perform nothing.

Each call that the steps yield is answered with what makes them go on: the ordinary way first, then
every other one, to find the one that costs most.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.compiler.call_answers import answers
from bridge.compiler.call_cost import CallCost, cost_of_calls, resource_of
from bridge.errors import KnownError
from chalicelib.contract.model import Contract
from chalicelib.errors import GatewayError
from chalicelib.gateway import Gateway, Options
from chalicelib.gateway.calls import Call
from chalicelib.gateway.upstream import MAX_ATTEMPTS, Upstream
from chalicelib.graphql.documents import single
from chalicelib.rest.messages import RestRequest
from chalicelib.rest.problems import problem_response
from chalicelib.translation.planner import Plan

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_MOST_WAYS = 4_000  # of answering one request's calls; no request has nearly as many


class RefusedError(KnownError):
    """The gateway refuses the request before it asks account B anything."""


@dataclass(frozen=True)
class ExplainedCall:
    """One call.

    Attributes:
        document: The GraphQL document.
        variables: Its variables, as they are sent.
    """

    document: str
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Explained:
    """What a request asks of account B.

    Attributes:
        plan: How a list is read; None for no list.
        calls: Those of the ordinary way: of a list, that of its first page.
        worst: What it costs at worst.
        notes: What else there is to know, one line each.
    """

    plan: Plan | None
    calls: Sequence[ExplainedCall]
    worst: CallCost
    notes: Sequence[str]


def explain(contract: Contract, request: RestRequest) -> Explained:
    """Returns what the request asks of account B.

    Raises:
        RefusedError: The gateway refuses it.
    """
    ways = _Ways(contract, request)
    ordinary = ways.calls([])
    worst = max((cost_of_calls(contract, way) for way in ways.all()), key=lambda each: each.calls)
    plan = ordinary[0].plan if ordinary else None
    shown = ordinary[:1] if plan else ordinary
    notes = []
    if plan is not None:
        notes.append("for one page; each further one is a request of its own")
    if any(call.repeatable for call in ordinary):
        notes.append(
            f"a call that is throttled or breaks off is sent again, {MAX_ATTEMPTS} times at most"
        )
    if any(resource_of(contract, call) is None for call in ordinary):
        notes.append("what a function or a resolver of the owner's reads is not counted")
    return Explained(
        plan,
        [ExplainedCall(single(call.root).text, call.variables) for call in shown],
        worst,
        notes,
    )


class _Ways:
    """The ways in which the calls of one request may be answered."""

    def __init__(self, contract: Contract, request: RestRequest) -> None:
        self._contract = contract
        self._request = request
        self._gateway = Gateway(contract, _no_upstream, Options, {}, lambda _entry: None)

    def all(self) -> Iterator[list[Call]]:
        """Gives the calls of each way."""
        waiting: list[list[int]] = [[]]
        for _ in range(_MOST_WAYS):
            if not waiting:
                return
            chosen = waiting.pop()
            calls = self.calls(chosen)
            yield calls
            for index in range(len(chosen), len(calls)):
                ordinary = [0] * (index - len(chosen))
                count = len(answers(self._contract, calls[index]))
                waiting += [[*chosen, *ordinary, answer] for answer in range(1, count)]

    def calls(self, chosen: Sequence[int]) -> list[Call]:
        """Returns the calls where the first are answered as chosen, and all others ordinarily."""
        calls: list[Call] = []
        try:
            steps = self._gateway.begin(self._request)
            call = next(steps)
            while True:
                calls.append(call)
                index = len(calls) - 1
                possible = answers(self._contract, call)
                call = steps.send(possible[chosen[index] if index < len(chosen) else 0])
        except StopIteration:
            return calls
        except GatewayError as error:
            if calls:
                return calls  # refused after what was read or written: a way like any other
            raise _refused(error, self._request) from error


def _no_upstream() -> Upstream:
    raise LookupError("nothing is performed")


def _refused(error: GatewayError, request: RestRequest) -> RefusedError:
    response = problem_response(error, request)
    problem = json.loads(response.body)
    faults = [
        " ".join(
            str(each[name]) for name in ("parameter", "header", "pointer", "detail") if name in each
        )
        for each in problem.get("errors", ())
    ]
    return RefusedError(
        f"{response.status} {problem['title']}: {'; '.join(faults) or problem['detail']}"
    )
