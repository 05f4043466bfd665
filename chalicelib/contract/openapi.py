"""The OpenAPI document, compiled with the contract and stored beside it."""

import json
from pathlib import Path
from typing import Any

OPENAPI_FILE = Path(__file__).with_name("openapi.json")


def load_openapi(server_url: str) -> dict[str, Any]:
    """Returns the document for one server.

    Args:
        server_url: Where the paths begin, path-absolute: `/`, or the stage's prefix.
    """
    document: dict[str, Any] = json.loads(OPENAPI_FILE.read_bytes())
    return {**document, "servers": [{"url": server_url}]}
