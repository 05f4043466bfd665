"""The page, and Swagger UI's own files from the installed package fastapi-swagger."""

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

_PAGE = Path(__file__).parent / "page"


def docs_routes(gateway_url: str) -> list[BaseRoute]:
    """Returns the routes, all under /docs.

    Args:
        gateway_url: Account A's REST API, whose document is shown and whose paths are tried.
    """
    # Swagger UI sets styles inline, and draws with images in data URLs.
    policy = (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src {gateway_url}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }

    async def page(_request: Request) -> Response:
        """Answers with the page, which is told where the document is."""
        text = (_PAGE / "index.html").read_text(encoding="utf-8")
        return HTMLResponse(text.replace("GATEWAY_URL", escape(gateway_url)), headers=headers)

    async def script(_request: Request) -> Response:
        """Answers with the page's script."""
        return FileResponse(_PAGE / "docs.js", headers=headers)

    async def style(_request: Request) -> Response:
        """Answers with what the page changes of Swagger UI's style."""
        return FileResponse(_PAGE / "docs.css", headers=headers)

    return [
        Route("/docs", page, methods=["GET"]),
        Route("/docs/docs.js", script, methods=["GET"]),
        Route("/docs/docs.css", style, methods=["GET"]),
        Mount("/docs/swagger-ui", StaticFiles(packages=[("fastapi_swagger", "resources")])),
    ]
