"""A Python client that openapi-python-client generates from the served document."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

PACKAGE = "generated_rest_client"


def _generate(url: str, folder: Path) -> None:
    config = folder / "config.yaml"
    config.write_text("post_hooks: []\n")
    command = [str(Path(sys.executable).with_name("openapi-python-client")), "generate"]
    command += ["--url", f"{url}/openapi.json", "--output-path", str(folder / PACKAGE)]
    command += ["--config", str(config), "--meta", "none", "--fail-on-warning"]
    run = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def _filter(beginning: str) -> str:
    return json.dumps({"name": {"beginsWith": beginning}, "priority": {"ge": 2}})


@pytest.fixture
def generated(todo, tmp_path, monkeypatch):
    """Yields the generated package's modules, and a client of the running gateway."""
    _generate(todo.url, tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    package = import_module(PACKAGE)
    names = ("create_todo", "list_todos", "get_todo", "update_todo", "delete_todo")
    api = {name: import_module(f"{PACKAGE}.api.todos.{name}").sync_detailed for name in names}
    with package.Client(base_url=todo.url) as client:
        models = import_module(f"{PACKAGE}.models")
        yield SimpleNamespace(client=client, models=models, **api)


def test_a_generated_client_creates_reads_lists_updates_and_deletes(generated):
    """Each verb takes and returns the generated models, down to null, ETag and problem."""
    models, client = generated.models, generated.client

    due = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    new = models.TodoNew(name="milk", priority=2, due_at=due)
    created = generated.create_todo(client=client, body=new, idempotency_key="key-1")
    assert created.status_code == 201
    assert isinstance(created.parsed, models.Todo)
    assert (created.parsed.name, created.parsed.description) == ("milk", None)
    assert created.parsed.due_at == due
    replayed = generated.create_todo(client=client, body=new, idempotency_key="key-1")
    assert (replayed.status_code, replayed.parsed) == (200, created.parsed)

    todo_id = created.parsed.id
    assert generated.get_todo(todo_id, client=client).parsed == created.parsed
    listed = generated.list_todos(client=client, limit=10, priority=2, filter_=_filter("mi"))
    assert listed.parsed.items == [created.parsed]
    assert generated.list_todos(client=client, filter_=_filter("no")).parsed.items == []
    assert generated.list_todos(client=client, priority=3).parsed.items == []

    patch = models.TodoPatch(done=True, priority=None)
    if_match = created.headers["ETag"]
    updated = generated.update_todo(todo_id, client=client, body=patch, if_match=if_match)
    assert updated.status_code == 200
    assert (updated.parsed.done, updated.parsed.priority) == (True, None)
    stale = generated.update_todo(todo_id, client=client, body=patch, if_match=if_match)
    assert isinstance(stale.parsed, models.Problem)
    assert stale.parsed.type_ == "urn:problem-type:appsync-rest:precondition-failed"

    assert generated.delete_todo(todo_id, client=client).status_code == 204
    assert generated.get_todo(todo_id, client=client).status_code == 404
