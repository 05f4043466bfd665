"""Media types: what a client accepts, and what it sends.

Source: RFC 9110, sections 8.3 and 12.5.1.
"""

from chalicelib.rest.messages import JSON

_JSON_RANGES = frozenset({"*/*", "application/*", JSON})


def accepts_json(accept: str | None) -> bool:
    """Whether a client with this Accept header takes JSON; a missing header takes anything."""
    if accept is None or not accept.strip():
        return True
    for part in accept.lower().split(","):
        media_range, *parameters = (each.strip() for each in part.split(";"))
        if media_range in _JSON_RANGES and not any(_is_zero(each) for each in parameters):
            return True
    return False


def is_media_type(content_type: str, wanted: tuple[str, ...]) -> bool:
    """Whether a Content-Type is one of `wanted`, in UTF-8."""
    media_type, *parameters = (each.strip() for each in content_type.lower().split(";"))
    charsets = [each[8:].strip('"') for each in parameters if each.startswith("charset=")]
    return media_type in wanted and all(charset == "utf-8" for charset in charsets)


def _is_zero(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().rstrip("0") in {"", "0.", "."}
