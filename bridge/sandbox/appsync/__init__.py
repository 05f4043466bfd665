"""AppSync with Amplify's resolvers, over SQLite. Knows no HTTP front, no signature, no policy."""

from bridge.sandbox.appsync.admin import AdminRule
from bridge.sandbox.appsync.api import AppSyncApi
from bridge.sandbox.appsync.messages import GraphQLCaller, Reply, ResolvedField
from bridge.sandbox.appsync.schema import Schema, load_schema

__all__ = [
    "AdminRule",
    "AppSyncApi",
    "GraphQLCaller",
    "Reply",
    "ResolvedField",
    "Schema",
    "load_schema",
]
