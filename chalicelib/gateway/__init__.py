"""One request in, one response out; the one place where an error becomes a response. No I/O.

`handler` routes and finishes; `reads`, `writes` and `lists` say what each verb does, as steps;
`upstream` performs a step, with its retries.
"""

from chalicelib.gateway.handler import Gateway, Options, RequestLog

__all__ = ["Gateway", "Options", "RequestLog"]
