"""The whole document: the resources' paths, the gateway's own, and what they share.

Source: OpenAPI Specification 3.1.1.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from bridge.compiler.left_out import LeftOut
from bridge.compiler.openapi.components import Components
from bridge.compiler.openapi.endpoints import RPC, endpoint_paths
from bridge.compiler.openapi.filters import FILTERS
from bridge.compiler.openapi.gateway_paths import GATEWAY, gateway_paths
from bridge.compiler.openapi.headers import REQUEST_HEADERS, RESPONSE_HEADERS
from bridge.compiler.openapi.names import OperationIds
from bridge.compiler.openapi.paths import LIST_PARAMETERS, resource_paths
from bridge.compiler.openapi.problems import problem_responses
from bridge.compiler.openapi.relations import relation_paths
from bridge.compiler.openapi.scalars import LIMITS
from chalicelib.contract.model import Contract

_REFERENCE = re.compile(r'"#/components/(\w+)/([^"]+)"')
_RPC = "Queries and mutations that belong to no resource."
_DESCRIPTION = f"""\
A REST API over an AppSync API in another AWS account. Every error is a problem (RFC 9457) whose \
`type` says what happened. What API Gateway refuses before the gateway sees it (no or wrong \
credentials, unknown paths) is its own: 401, 403 or 429, with a `message` or, in a packaged stage, \
as a problem. Where CORS is configured, responses carry its headers too.

A representation holds every member that its schema requires, unless `fields` chose some of them.

# Methods

Every path with GET takes HEAD, which answers with the same headers, and every path OPTIONS, which \
names its methods in Allow and answers a browser's preflight without credentials. A path's other \
methods answer 405.

# Filters

{FILTERS}

# Formats

{LIMITS}"""


def openapi_document(contract: Contract, left_out: Sequence[LeftOut] = ()) -> dict[str, Any]:
    """Returns the OpenAPI document; server and security are set when it is served.

    Args:
        contract: What the API shows.
        left_out: What it does not show of the schema, which the description names.
    """
    components = Components(contract)
    operation_ids = OperationIds(components.names)
    paths: dict[str, Any] = {}
    for resource in contract.resources:
        paths |= dict(resource_paths(components, operation_ids, resource))
    for resource in contract.resources:
        paths |= dict(relation_paths(components, operation_ids, resource))
    example = next(iter(paths), "/")
    paths |= dict(endpoint_paths(components, operation_ids))
    paths |= gateway_paths(components, operation_ids, contract)
    responses = problem_responses(components, example)
    shared = {
        "schemas": components.schemas,
        "parameters": {**LIST_PARAMETERS, **REQUEST_HEADERS},
        "headers": dict(RESPONSE_HEADERS),
        "responses": responses,
    }
    description = _DESCRIPTION + _not_shown(left_out)
    return {
        "openapi": "3.1.1",
        "info": {"title": "appsync-rest", "version": "1.0.0", "description": description},
        "servers": [{"url": "/"}],
        "tags": [
            *(
                {"name": resource.path, "description": f"The resource {resource.name}."}
                for resource in contract.resources
            ),
            *([{"name": RPC, "description": _RPC}] if contract.endpoints else []),
            {"name": GATEWAY, "description": "The gateway's own paths."},
        ],
        "paths": paths,
        "components": _referred_to(paths, shared),
    }


def _referred_to(paths: dict[str, Any], shared: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Returns the components that the paths lead to; an API need not have each kind of them."""
    reached: dict[str, dict[str, Any]] = {kind: {} for kind in shared}
    waiting: list[Any] = [paths]
    while waiting:
        for kind, name in _REFERENCE.findall(json.dumps(waiting.pop())):
            if name not in reached[kind]:
                reached[kind][name] = shared[kind][name]
                waiting.append(shared[kind][name])
    # In the order in which they were made, whatever refers to them first.
    return {
        kind: {name: each for name, each in shared[kind].items() if name in named}
        for kind, named in reached.items()
    }


def _not_shown(left_out: Sequence[LeftOut]) -> str:
    """Returns the description's section of what the API does not show, by its reason."""
    by_reason: dict[str, list[str]] = {}
    for each in left_out:
        by_reason.setdefault(each.reason, []).append(f"`{each.name}`")
    lines = [f"- {', '.join(names)}: {reason}" for reason, names in by_reason.items()]
    return "\n".join(["\n\n# Not shown of the schema\n", *lines]) if lines else ""


def openapi_text(contract: Contract, left_out: Sequence[LeftOut] = ()) -> str:
    """Returns openapi.json: one line, since it ships with the function."""
    document = openapi_document(contract, left_out)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
