"""The gql client with its AppSyncIAMAuthentication, one connected session kept.

That authentication works with gql's aiohttp transport only, so each thread keeps an event loop.
"""

import asyncio
import atexit
import os
from threading import local
from typing import Any
from urllib.parse import urlsplit

from botocore.credentials import Credentials
from gql import Client, GraphQLRequest, gql
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncIAMAuthentication

from bench.contestants.assumed import credentials
from bench.contestants.todo import CREATE, GET, LIST, operation, response

DOCUMENTS = {text: gql(text).document for text in (CREATE, GET, LIST)}
_thread = local()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Answers one REST request."""
    query, variables = operation(event)
    loop, session = _session()
    request = GraphQLRequest(DOCUMENTS[query], variable_values=variables)
    return response(event, loop.run_until_complete(session.execute(request)))


def _session() -> tuple[asyncio.AbstractEventLoop, AsyncClientSession]:
    """Returns this thread's loop and session; its credentials are not renewed, as ours need not."""
    if not hasattr(_thread, "session"):
        held = credentials()
        url = os.environ["APPSYNC_URL"]
        auth = AppSyncIAMAuthentication(
            host=urlsplit(url).netloc,
            region_name=os.environ["REGION"],
            credentials=Credentials(
                held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"]
            ),
        )
        # Any: its methods are not typed.
        client: Any = Client(transport=AIOHTTPTransport(url=url, auth=auth))
        loop = _thread.loop = asyncio.new_event_loop()
        _thread.session = loop.run_until_complete(client.connect_async())
        atexit.register(lambda: loop.run_until_complete(client.close_async()))
    return _thread.loop, _thread.session
