"""The console page: requests, tables, policies and faults, to look at and to change."""

from bridge.sandbox.web.console.routes import Console

__all__ = ["Console"]
