"""Replies of AWS's Query protocol, in which STS and IAM speak: XML around a result, or an error.

Source: smithy.io, "AWS Query protocol".
"""

from xml.sax.saxutils import escape

from bridge.sandbox.exchange.messages import Reply
from bridge.sandbox.exchange.refusal import Refusal

_SERVER_ERROR = 500


def result_reply(namespace: str, action: str, result: str, request_id: str) -> Reply:
    """Returns the reply of an operation that succeeded.

    Args:
        namespace: The service's XML namespace.
        action: The operation.
        result: What stands in its result, as XML.
        request_id: The request's.
    """
    return _reply(
        200,
        f'<{action}Response xmlns="{namespace}"><{action}Result>{result}</{action}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        f"</{action}Response>",
    )


def error_reply(namespace: str, refusal: Refusal, request_id: str) -> Reply:
    """Returns a refusal as the protocol's error."""
    party = "Receiver" if refusal.status >= _SERVER_ERROR else "Sender"
    return _reply(
        refusal.status,
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{party}</Type>'
        f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>",
    )


def _reply(status: int, text: str) -> Reply:
    return Reply(status, (("Content-Type", "text/xml"),), text.encode())
