"""The console page: requests, tables, policies and faults, to look at. Changes no table."""

from bridge.sandbox.web.console.routes import Console

__all__ = ["Console"]
