"""Account A's table of contents: the routes, each behind its authorizer.

The only file that imports chalice.
"""

import gc
import sys
from typing import Any, cast

# What is made from here on stays. To look through it for garbage, again and again as it grows,
# would be a tenth of the start; what is frozen is not looked through afterwards either.
gc.disable()

# Chalice imports this file before it packages chalicelib as it lies. Bytecode of this import would
# be a third of the zip, and of no use: it goes by dates that the zip's files do not keep.
writes_no_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True

from chalice import Chalice, CognitoUserPoolAuthorizer, IAMAuthorizer, Response

from chalicelib.bootstrap import gateway, warm_up
from chalicelib.config import authorizer_from_environ, user_pool_arns_from_environ
from chalicelib.contract.model import OPERATION_PATH, load_contract
from chalicelib.rest.events import ProxyRequest, rest_request

# API Gateway answers a verb that a path does not register with 403; registered, it gets our 405.
VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
# Related items are only read, and each verb of a path costs a kilobyte of a template that may have
# a thousand of them.
READS = ["GET", "HEAD"]
OPEN_PATHS = ("/health", "/openapi.json")
CLOSED_PATHS = ("/ready", "/batch")

app = Chalice(app_name="appsync-rest")
# All is JSON, so nothing needs to travel in base64, and Chalice need not look whether it does.
app.api.binary_types = []


def view(**_path_parameters: str) -> Response:
    """Passes any request to the gateway and its response back."""
    response = gateway().handle(rest_request(cast("ProxyRequest", app.current_request)))
    return Response(response.body, dict(response.headers), response.status)


def authorizer() -> Any:
    """Returns the authorizer that API_AUTHORIZER names; None only for `none`, written out."""
    match authorizer_from_environ():
        case "iam":
            return IAMAuthorizer()
        case "cognito":
            return CognitoUserPoolAuthorizer("cognito", list(user_pool_arns_from_environ()))
        case "none":
            return None


def register() -> None:
    """Registers every path with its verbs; a preflight cannot carry credentials."""
    guard = authorizer()
    contract = load_contract()
    paths = [
        *((path, VERBS, None) for path in OPEN_PATHS),
        *((path, VERBS, guard) for path in CLOSED_PATHS),
        *((f"/{resource.path}", VERBS, guard) for resource in contract.resources),
        *((each.template, VERBS, guard) for each in contract.resources if each.key),
        *(
            (each.relation_template, READS, guard)
            for each in contract.resources
            if each.relation_template
        ),
        *([(OPERATION_PATH, VERBS, guard)] if contract.endpoints else []),
    ]
    for path, verbs, path_guard in paths:
        app.route(path, methods=verbs, authorizer=path_guard, content_types=[], name=path)(view)
        app.route(path, methods=["OPTIONS"], content_types=[], name=path)(view)


register()
warm_up()
gc.freeze()
gc.enable()
sys.dont_write_bytecode = writes_no_bytecode
