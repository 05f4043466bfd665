"""What the contestants beside the gateway share: three documents, and REST in and out.

No validation, no ETag, no log line, no filter, no page filled up: what one writes in an hour.
"""

import json
from typing import Any

_FIELDS = "id name description done priority dueAt createdAt updatedAt"
CREATE = (
    f"mutation Create($input: CreateTodoInput!) {{ createTodo(input: $input) {{ {_FIELDS} }} }}"
)
GET = f"query Get($id: ID!) {{ getTodo(id: $id) {{ {_FIELDS} }} }}"
LIST = (
    "query List($filter: ModelTodoFilterInput, $limit: Int) {"
    f" listTodos(filter: $filter, limit: $limit) {{ items {{ {_FIELDS} }} nextToken }} }}"
)


def operation(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns the document and the variables for an API Gateway event."""
    if event["httpMethod"] == "POST":
        return CREATE, {"input": json.loads(event["body"])}
    if event["pathParameters"]:
        return GET, {"id": event["pathParameters"]["id"]}
    query = event["queryStringParameters"] or {}
    variables: dict[str, Any] = {"limit": int(query.get("limit", "50"))}
    if "done" in query:
        variables["filter"] = {"done": {"eq": query["done"] == "true"}}
    return LIST, variables


def response(event: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Returns what API Gateway makes the HTTP response of.

    Args:
        event: The request's.
        data: `data` of AppSync's reply, whose only root field is the operation's.
    """
    (value,) = data.values()
    return {
        "statusCode": 201 if event["httpMethod"] == "POST" else 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(value),
        "isBase64Encoded": False,
    }
