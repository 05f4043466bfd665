"""The port through which documents leave."""

from typing import Protocol

from chalicelib.context import CallContext
from chalicelib.graphql.messages import GraphQLRequest, GraphQLResponse


class Transport(Protocol):
    """Carries one GraphQL request to account B."""

    def execute(self, request: GraphQLRequest, context: CallContext) -> GraphQLResponse:
        """Returns the reply to one POST.

        Raises:
            CredentialError: There are no credentials for account B.
            TransportError: The hop failed, or the reply is not GraphQL's; its `sent` tells whether
                the request may have taken effect.
            AppSyncDenied: AppSync refused the credentials or the role's policy.
            GraphQLRequestRefused: AppSync could not read the request.
            UnexpectedReply: The reply's status is no other of AppSync's.
        """
        ...
