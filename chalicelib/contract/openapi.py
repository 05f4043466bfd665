"""The OpenAPI document, compiled with the contract and stored beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OPENAPI_FILE = Path(__file__).with_name("openapi.json")
_SECURITY_SCHEMES: Mapping[str, Mapping[str, str]] = {
    "iam": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "cognito": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "A Cognito user's token.",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
    },
}


def load_openapi(server_url: str, authorizer: str) -> dict[str, Any]:
    """Returns the document for one stage.

    Args:
        server_url: Where the paths begin, path-absolute: `/`, or the stage's prefix.
        authorizer: The stage's, `iam` or `cognito`; what has no scheme here (`none`) locks nothing.
    """
    document: dict[str, Any] = json.loads(OPENAPI_FILE.read_bytes())
    document["servers"] = [{"url": server_url}]
    if authorizer in _SECURITY_SCHEMES:
        document["security"] = [{authorizer: []}]
        scheme = _SECURITY_SCHEMES[authorizer]
        document["components"]["securitySchemes"] = {authorizer: scheme}
    return document
