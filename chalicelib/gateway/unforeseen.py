"""What becomes of an error that nobody foresaw."""

from chalicelib.errors import GatewayError, OutcomeUnknown, Unforeseen


def unforeseen(error: Exception, *, maybe_done: bool) -> GatewayError:
    """Returns the gateway's error for one that nobody foresaw.

    Args:
        error: What was raised.
        maybe_done: A mutation of the request has been sent, so it may have been done.
    """
    if isinstance(error, GatewayError):
        return error
    where = f"{type(error).__name__} at {_place(error)}"
    return OutcomeUnknown("AppSync", where, sent=True) if maybe_done else Unforeseen(where)


def _place(error: BaseException) -> str:
    """Returns where an unforeseen error was raised; its text may hold a client's values."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return "?"
    code = traceback.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{traceback.tb_lineno} {code.co_name}"
