"""What goes into the API and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class GraphQLCaller:
    """The IAM identity that AppSync puts into `$ctx.identity`.

    Attributes:
        user_arn: `arn:aws:sts::B:assumed-role/ROLE/SESSION` (no role path), or a user's ARN;
            empty for a caller without an IAM identity.
        cognito_identity_id: Set for callers whose credentials an identity pool gave.
        cognito_identity_auth_type: "authenticated" or "unauthenticated", for the same.
        cognito_identity_pool_id: The pool, for the same.
    """

    user_arn: str
    cognito_identity_id: str | None = None
    cognito_identity_auth_type: str | None = None
    cognito_identity_pool_id: str | None = None


class RequestError(Exception):
    """The request is refused before any GraphQL: an HTTP status and one error."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type


class ResolverError(Exception):
    """A field's resolver ended with this error.

    Attributes:
        error_type: AppSync's errorType; None where the template gave none.
        data: An item that goes with it, of which the reply shows what was selected.
    """

    def __init__(
        self, error_type: str | None, message: str, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.data = data


class NoResult(Exception):
    """A resolver's template broke off: the field is null and no error is told."""


@dataclass(frozen=True)
class DocumentFault:
    """One error of a document or of its variables, as AppSync tells it.

    Attributes:
        message: The text.
        locations: (line, column) pairs; None where AppSync gives none.
    """

    message: str
    locations: tuple[tuple[int, int], ...] | None = field(default=None)

    def as_error(self) -> dict[str, Any]:
        """Returns the entry of the reply's `errors`."""
        return {
            "path": None,
            "locations": source_locations(self.locations),
            "message": self.message,
        }


def source_locations(
    places: tuple[tuple[int, int], ...] | None,
) -> list[dict[str, Any]] | None:
    """Returns locations in AppSync's form, which has a `sourceName` that is always null."""
    if places is None:
        return None
    return [{"line": line, "column": column, "sourceName": None} for line, column in places]
