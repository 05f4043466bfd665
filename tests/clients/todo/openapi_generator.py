"""What openapi-generator's Python client does with Todo's API; run by test_clients.py."""

import json
import os
from contextlib import suppress

import openapi_client

configuration = openapi_client.Configuration(host=os.environ["BASE_URL"])
api = openapi_client.TodosApi(openapi_client.ApiClient(configuration))

new = openapi_client.TodoNew(name="milk", priority=2)
made = api.create_todo_with_http_info(new, idempotency_key="openapi-generator")
assert made.status_code == 201
todo = made.data
api.create_todo(openapi_client.TodoNew(name="bread", priority=3))

conditions = json.dumps({"priority": {"ge": 2}, "name": {"beginsWith": "m"}})
assert [each.id for each in api.list_todos(filter=conditions, priority=2).items] == [todo.id]

names = []
cursor = None
while True:
    page = api.list_todos(limit=1, cursor=cursor)
    names += [each.name for each in page.items]
    cursor = page.next_cursor
    if cursor is None:
        break
assert sorted(names) == ["bread", "milk"]

tag = made.headers["ETag"]
assert api.update_todo(todo.id, openapi_client.TodoPatch(done=True), if_match=tag).done
with suppress(openapi_client.ApiException):
    api.update_todo(todo.id, openapi_client.TodoPatch(done=False), if_match=tag)
assert api.get_todo(todo.id).done, "a stale ETag was taken"
api.delete_todo(todo.id)
