"""An HTTP request as it came over the wire, and the reply to it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RawRequest:
    """A request whose bytes nobody has touched: a signature is about exactly these.

    Attributes:
        method: In upper case.
        raw_path: The path as it was sent, without the query.
        query: The query string as it was sent, without the question mark.
        headers: Names in lower case, in the order and number in which they were sent.
        body: The whole body.
    """

    method: str
    raw_path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Returns the header's values joined by commas, or None when it was not sent.

        Args:
            name: In lower case.
        """
        values = self.header_values(name)
        return ",".join(values) if values else None

    def header_values(self, name: str) -> list[str]:
        """Returns each value of a header, in the order in which they were sent."""
        wanted = name.encode("latin-1")
        return [value.decode("latin-1") for key, value in self.headers if key == wanted]


@dataclass(frozen=True)
class Reply:
    """An HTTP reply: status, headers and the exact bytes of its body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
