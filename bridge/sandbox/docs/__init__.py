"""The documentation page: Swagger UI over the document that account A serves."""

from bridge.sandbox.docs.routes import docs_routes

__all__ = ["docs_routes"]
