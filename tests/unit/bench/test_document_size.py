"""The size of a large API's document."""

from bench.document import FIELDS, MODELS, MOST_DOCUMENT_BYTES, large_contract
from bridge.compiler.openapi import openapi_text


def test_the_document_of_fifty_models_is_within_its_bound():
    """Each model has all verbs and a filter on each of its fields."""
    contract = large_contract()
    assert len(contract.resources) == MODELS
    assert {len(resource.members) for resource in contract.resources} == {FIELDS}
    assert all(resource.list and resource.list.filter for resource in contract.resources)
    assert len(openapi_text(contract).encode()) <= MOST_DOCUMENT_BYTES
