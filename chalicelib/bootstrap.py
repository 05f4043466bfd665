"""The composition root: Settings -> Gateway. Nothing is made at import; what is made is kept."""

import sys
import time
from contextlib import suppress
from functools import lru_cache, partial

from chalicelib import readiness
from chalicelib.aws.appsync import AppSyncTransport
from chalicelib.aws.assumed_role import AssumedRole
from chalicelib.aws.credentials import source_credentials
from chalicelib.aws.signed_post import SignedPost
from chalicelib.config import (
    Settings,
    authorizer_from_environ,
    function_name_from_environ,
)
from chalicelib.context import CallContext, Deadline
from chalicelib.contract.model import load_contract
from chalicelib.contract.openapi import load_openapi
from chalicelib.errors import GatewayError
from chalicelib.gateway import Gateway, Options, RequestLog
from chalicelib.gateway.upstream import Upstream
from chalicelib.log import log_line
from chalicelib.readiness import Chain
from chalicelib.rest.messages import RestRequest, RestResponse, json_response

# Lambda gives an init 10 s; what this takes of it, the first request has not to wait for.
INIT_SECONDS = 3.0


@lru_cache(maxsize=1)
def chain() -> Chain:
    """Returns the way to account B.

    Raises:
        ConfigurationError: Settings are missing or malformed; the next call looks again.
    """
    settings = Settings.from_environ()
    post = SignedPost(settings.ca_bundle)
    role = AssumedRole(settings, post, source_credentials(settings))
    return Chain(settings, role, AppSyncTransport(settings, post, role))


def warm_up() -> None:
    """Fetches credentials ahead of the first request where that is wanted; failing is no harm."""
    with suppress(GatewayError):
        if chain().settings.fetch_at_init:
            chain().role.get(CallContext("init", Deadline.after(INIT_SECONDS)))


@lru_cache(maxsize=1)
def gateway() -> Gateway:
    """Returns the gateway; it needs no settings until a request does."""
    contract = load_contract()
    return Gateway(
        contract,
        upstream=_upstream,
        options=_options,
        plain={
            "/health": _health,
            "/ready": partial(readiness.respond, chain, contract),
            "/openapi.json": _openapi,
        },
        log=_Logger().write,
    )


@lru_cache(maxsize=1)
def _upstream() -> Upstream:
    return Upstream(chain().transport, time.sleep)


@lru_cache(maxsize=1)
def _options() -> Options:
    settings = chain().settings
    return Options(settings.cors_allow_origins, settings.enable_batch)


def _health(_: RestRequest) -> RestResponse:
    return json_response(200, {"status": "ok"}, {"Cache-Control": "no-store"})


def _openapi(request: RestRequest) -> RestResponse:
    return _openapi_response(request.base_path or "/")


@lru_cache(maxsize=4)
def _openapi_response(server_url: str) -> RestResponse:
    """Returns the document, read when it is first asked for and encoded once for each stage."""
    document = load_openapi(server_url, authorizer_from_environ())
    return json_response(200, document, {"Cache-Control": "no-cache"})


class _Logger:
    """Writes log lines to standard output, where Lambda picks them up."""

    def __init__(self) -> None:
        self._service = function_name_from_environ()
        self._cold_start = True

    def write(self, entry: RequestLog) -> None:
        line = log_line(entry, service=self._service, cold_start=self._cold_start)
        self._cold_start = False
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
