"""AppSync with Amplify's resolvers, over SQLite. Knows no HTTP front, no signature, no policy."""

from bridge.sandbox.appsync.admin import AdminRule
from bridge.sandbox.appsync.api import AppSyncApi
from bridge.sandbox.appsync.messages import GraphQLCaller, Reply, ResolvedField

__all__ = ["AdminRule", "AppSyncApi", "GraphQLCaller", "Reply", "ResolvedField"]
