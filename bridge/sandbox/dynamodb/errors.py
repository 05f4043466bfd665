"""DynamoDB's refusals."""


class DynamoDBError(Exception):
    """DynamoDB refuses a request.

    Attributes:
        kind: The exception's name, as in `ConditionalCheckFailedException`.
    """

    def __init__(self, message: str, kind: str = "DynamoDbException") -> None:
        super().__init__(message)
        self.kind = kind


def condition_failed() -> DynamoDBError:
    """Returns the one error for a false condition, a duplicate create and a missing item."""
    return DynamoDBError("The conditional request failed", "ConditionalCheckFailedException")
