"""Many requests over several threads at once, for the count of AssumeRole calls."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from threading import Barrier
from typing import Any

from bench.lambda_context import Context

Handler = Callable[[dict[str, Any], Any], Any]


def run(
    name: str, handler: Handler | None, event: dict[str, Any], times: int, threads: int
) -> dict[str, Any]:
    """Returns how many requests were answered with success.

    Args:
        name: The contestant's; the gateway is threaded as `chalice local` does it, a level below
            its Lambda entry, which serves one request at a time.
        handler: The contestant's; None where it has not been imported yet.
        event: Every request's.
        times: How many requests in all.
        threads: Over how many threads; they start together, before any credentials are there.
    """
    send = _gateway() if name == "gateway" else handler or _handler(name)
    barrier = Barrier(threads)

    def some(_: int) -> int:
        barrier.wait()
        results = (send(dict(event), Context()) for _ in range(times // threads))
        return sum(result["statusCode"] == HTTPStatus.CREATED for result in results)

    with ThreadPoolExecutor(threads) as pool:
        return {"succeeded": sum(pool.map(some, range(threads)))}


def _handler(name: str) -> Handler:
    handler: Handler = __import__(f"bench.contestants.{name}", fromlist=["handler"]).handler
    return handler


def _gateway() -> Handler:
    from chalice.app import Request  # noqa: PLC0415 - the other contestants have no use for it

    from chalicelib.bootstrap import gateway  # noqa: PLC0415 - as above
    from chalicelib.rest.events import rest_request  # noqa: PLC0415 - as above

    def send(event: dict[str, Any], context: Any) -> dict[str, Any]:
        request: Any = Request(event, context)
        answer = gateway().handle(rest_request(request))
        return {"statusCode": answer.status}

    return send
