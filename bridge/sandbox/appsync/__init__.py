"""AppSync: its front, its documents and their execution; `amplify` has the resolvers.

Imports identity, dynamodb and exchange; neither sts nor what serves it (web).
"""

from bridge.sandbox.appsync.amplify.admin import AdminRule
from bridge.sandbox.appsync.amplify.source import MisfitError, SourceError
from bridge.sandbox.appsync.amplify.versions import ConflictHandler
from bridge.sandbox.appsync.api import AppSyncApi
from bridge.sandbox.appsync.messages import GraphQLCaller
from bridge.sandbox.appsync.schema import Schema, load_schema

__all__ = [
    "AdminRule",
    "AppSyncApi",
    "ConflictHandler",
    "GraphQLCaller",
    "MisfitError",
    "Schema",
    "SourceError",
    "load_schema",
]
