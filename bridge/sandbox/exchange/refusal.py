"""A service's error, before it takes the service's form."""


class Refusal(Exception):
    """A request is answered with this status, code and text."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
