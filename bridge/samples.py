"""A value of each type, for what must be sent and means nothing; and a request that works."""

import json
from collections.abc import Mapping
from shlex import quote
from typing import Any

from chalicelib.contract.model import Contract
from chalicelib.contract.types import TypeRef, Types, type_ref

# Nobody's, each as AppSync takes it.
VALUES: Mapping[str, Any] = {
    "Int": 0,
    "Float": 0.0,
    "Boolean": False,
    "AWSDate": "1970-01-01",
    "AWSTime": "00:00:00Z",
    "AWSDateTime": "1970-01-01T00:00:00Z",
    "AWSTimestamp": 0,
    "AWSEmail": "nobody@example.com",
    "AWSJSON": "{}",
    "AWSURL": "https://example.com/",
    "AWSPhone": "+1 206 555 0100",
    "AWSIPAddress": "192.0.2.1",
}


def sample(types: Types, ref: TypeRef, text: str) -> Any:
    """Returns a value that an input of this type takes; `text` where it is text."""
    if ref.item is not None:
        return []
    if ref.name in types.inputs:
        members = {name: type_ref(each) for name, each in types.inputs[ref.name].items()}
        return {name: sample(types, each, text) for name, each in members.items() if each.required}
    enum = types.enums.get(ref.name)
    return enum[0] if enum else VALUES.get(ref.name, text)


def example_curl(contract: Contract, url: str) -> str:
    """Returns a curl that works with the REST API at `url`: it creates an item if any can be."""
    for resource in contract.resources:
        create = resource.create
        if create is not None:
            body = {
                name: sample(resource.types, type_ref(create.takes[name]), "milk")
                for name in create.requires
            }
            headers = "-H 'content-type: application/json'"
            data = quote(json.dumps(body, separators=(",", ":")))
            return f"curl -i -X POST {url}/{resource.path} {headers} -d {data}"
    listed = next((each for each in contract.resources if each.list is not None), None)
    return f"curl -i {url}/{listed.path}" if listed else f"curl -i {url}/openapi.json"
