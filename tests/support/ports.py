"""Ports for programs that must be told theirs."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"


@contextmanager
def reserved_port() -> Iterator[int]:
    """Gives a port of the loopback that no other program gets, and that nobody listens on.

    The port stays bound here, so the kernel gives it to nobody who asks for any. The program that
    is told it may still listen on it: both sides set SO_REUSEADDR, as servers do, and of those
    that share a port so only one may listen.

    Source: Linux's socket(7), SO_REUSEADDR.
    """
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind((HOST, 0))
        yield reserved.getsockname()[1]
