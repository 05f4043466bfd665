"""Media types: what a client accepts, and what it sends.

Source: RFC 9110, sections 8.3 and 12.5.1.
"""

from chalicelib.rest.messages import JSON, PROBLEM

# The ranges that JSON is in, the most specific first. A problem is JSON too, and generated clients
# ask for nothing but problems where a success has no body.
_JSON_RANGES = (JSON, PROBLEM, "application/*", "*/*")


def accepts_json(accept: str | None) -> bool:
    """Whether a client with this Accept header takes JSON; a missing header takes anything.

    The most specific range decides, so `application/json;q=0, */*` takes anything else.
    """
    if accept is None or accept in _JSON_RANGES or not accept.strip():
        return True
    taken: dict[str, bool] = {}
    for part in accept.lower().split(","):
        media_range, *parameters = (each.strip() for each in part.split(";"))
        refused = any(_is_zero(each) for each in parameters)
        taken[media_range] = taken.get(media_range, False) or not refused
    return next((taken[each] for each in _JSON_RANGES if each in taken), False)


def is_media_type(content_type: str, wanted: tuple[str, ...]) -> bool:
    """Whether a Content-Type is one of `wanted`, in UTF-8."""
    if content_type in wanted:
        return True
    media_type, *parameters = (each.strip() for each in content_type.lower().split(";"))
    charsets = [each[8:].strip('"') for each in parameters if each.startswith("charset=")]
    return media_type in wanted and all(charset == "utf-8" for charset in charsets)


def _is_zero(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip().rstrip("0") in {"", "0.", "."}
