"""The curls of docs/rest.md run as they are written, one after another, against the shop."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qsl

from chalicelib.context import CallContext, Deadline
from chalicelib.rest.messages import RestRequest
from tests.support.account_b import Rest
from tests.support.ports import HOST
from tests.support.shop import shop_client
from tests.support.todo import PROJECT

DOCUMENTED = "localhost:8000"


def curls(section: str) -> list[str]:
    """Returns the curls of a section of docs/rest.md, each on one line."""
    text = (PROJECT / "docs" / "rest.md").read_text(encoding="utf-8")
    _, _, after = text.partition(f"\n## {section}\n")
    within, _, _ = after.partition("\n## ")
    lines = within.replace("\\\n", " ").split("\n")
    return [line for line in lines if line.startswith("curl ")]


@contextmanager
def served(rest: Rest) -> Iterator[str]:
    """Gives where the gateway answers over HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            response = rest.gateway.handle(
                RestRequest(
                    self.command,
                    path,
                    CallContext("curl", Deadline.after(20)),
                    query=tuple(parse_qsl(query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=body,
                )
            )
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body.encode())

        do_GET = do_POST = answer  # noqa: N815 - as the base class calls them

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    server = HTTPServer((HOST, 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_curls_of_lists_run_as_they_are_written() -> None:
    """Each is answered by a 2xx, and each list finds the order that the first one makes."""
    written = curls("Lists")
    assert len(written) >= 7
    with shop_client() as shop, served(shop) as place:
        for line in written:
            words = shlex.split(line.replace(DOCUMENTED, place))
            done = subprocess.run(
                [
                    *words,
                    "--silent",
                    "--show-error",
                    "--noproxy",
                    "*",
                    "--write-out",
                    "\n%{http_code}",
                ],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert done.returncode == 0, (line, done.stderr)
            body, _, status = done.stdout.rpartition("\n")
            assert status in {"200", "201"}, (line, done.stdout)
            if "/orders?" in line or "-G" in words:
                assert [each["orderNo"] for each in json.loads(body)["items"]] == ["o-7"], line
