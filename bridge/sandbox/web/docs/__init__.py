"""The documentation page: Swagger UI over the document that account A serves."""

from bridge.sandbox.web.docs.routes import docs_routes

__all__ = ["docs_routes"]
