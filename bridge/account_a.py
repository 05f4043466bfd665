"""Account A as `make run` runs it: a copy that knows the sandbox's pages, and whose page is `/`."""

import json
import shutil
from html import escape
from pathlib import Path

from bridge.contracts import read_contract
from bridge.files import read_text, write_text
from bridge.log_relay import PATH_LINE
from bridge.project import CONFIG, CONTRACT, LOCAL_STAGE, Project, read_config
from bridge.samples import example_curl
from bridge.wiring import CORS, docs_origins

# On API Gateway `/` is no path of the API, and no path is logged: ids are in it.
_START = '''
import json
import sys
from urllib.parse import urlencode


@app.middleware("http")
def tell_path(event: Any, get_response: Any) -> Any:
    """Tells the console page the path of each request but those of the sandbox's own pages."""
    asked = rest_request(event)
    query = "?" + urlencode(asked.query) if asked.query else ""
    own = asked.path == "/openapi.json" and asked.headers.get("origin") in {own_origins!r}
    path = None if own else asked.path + query
    told = {{"requestId": asked.context.request_id, "path": path}}
    # At one go: chalice local answers many at once, and `print` ends its line by a second write.
    sys.stdout.write({path_line!r} + json.dumps(told) + "\\n")
    sys.stdout.flush()
    return get_response(event)


@app.route("/", methods=["GET"], content_types=[])
def start() -> Response:
    """Says where things are on this machine."""
    return Response({page!r}, {{"Content-Type": "text/html; charset=utf-8"}})
'''
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>REST API</title>
<h1>A REST API over AppSync</h1>
<ul>
  <li><a href="{sandbox_url}/docs">{sandbox_url}/docs</a>: the API's page
  <li><a href="{sandbox_url}/console">{sandbox_url}/console</a>: account B's console
  <li><a href="{gateway_url}/openapi.json">{gateway_url}/openapi.json</a>: the OpenAPI document
  <li><a href="{gateway_url}/ready">{gateway_url}/ready</a>: whether the chain to account B holds
</ul>
<pre>{curl}</pre>
"""


def copy_account_a(project: Project, state: Path, gateway_url: str, sandbox_url: str) -> Path:
    """Returns the folder that chalice is to run: a copy, so that what is deployed stays as it is.

    It has the contract of the project's account B, lets in the sandbox's documentation page beside
    the origins of the local stage, and says at `/` where things are.

    Args:
        project: What is copied.
        state: The sandbox's folder, which gets the copy.
        gateway_url: Where account A will be.
        sandbox_url: Where account B is.

    Raises:
        KnownError: A file is missing or malformed, or the schema cannot be compiled.
    """
    state.mkdir(
        mode=0o700, parents=True, exist_ok=True
    )  # for its owner alone: it holds credentials
    copy = state / "account_a"
    shutil.rmtree(copy, ignore_errors=True)
    for folder in ("chalicelib", CONFIG.parent.name):
        shutil.copytree(
            project.root / folder, copy / folder, ignore=shutil.ignore_patterns("deployments")
        )
    if project.has_own_account_b:
        _say_what_is_stale(project)
    else:
        _compile(project, copy)
    _let_the_docs_in(project, copy, sandbox_url)
    page = _PAGE.format(
        gateway_url=gateway_url,
        sandbox_url=sandbox_url,
        curl=escape(example_curl(read_contract(copy / CONTRACT), gateway_url)),
    )
    more = _START.format(
        page=page, path_line=PATH_LINE, own_origins=docs_origins(sandbox_url).split(",")
    )
    write_text(copy / "app.py", read_text(project.root / "app.py") + more)
    return copy


def _say_what_is_stale(project: Project) -> None:
    # Only this command needs the compiler.
    from bridge.compiler.command import stale_files  # noqa: PLC0415 - as said

    stale = stale_files(project)
    if stale:
        changed = ", ".join(map(str, stale))
        print(f"note: account B's schema was changed since it was compiled into {changed}:")
        print("      `make compile` takes it over")


def _compile(project: Project, copy: Path) -> None:
    from bridge.compiler.command import compile_project  # noqa: PLC0415 - as above

    template = project.account_b.template
    for path, text in compile_project(project).files.items():
        if path != Path(project.shown(template)):
            write_text(copy / path, text)
        elif read_text(template) != text:
            write_text(template, text)
            print(f"compiled the role's policy into {template}")


def _let_the_docs_in(project: Project, copy: Path, sandbox_url: str) -> None:
    """Adds the documentation page's origins to the stage's own, which chalice would let win."""
    own = project.stage(LOCAL_STAGE).variables.get(CORS)
    if own is None:
        return
    config = read_config(copy)
    variables = config["stages"][LOCAL_STAGE].setdefault("environment_variables", {})
    variables[CORS] = f"{own},{docs_origins(sandbox_url)}"
    write_text(copy / CONFIG, json.dumps(config, indent=2) + "\n")
