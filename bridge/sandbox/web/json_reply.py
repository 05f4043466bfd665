"""A JSON response that holds every text: files and clients may have lone surrogates in theirs."""

import json
from typing import Any

from starlette.responses import JSONResponse


class JsonReply(JSONResponse):
    """JSON in ASCII."""

    def render(self, content: Any) -> bytes:
        """Returns the body."""
        return json.dumps(content, separators=(",", ":")).encode()
