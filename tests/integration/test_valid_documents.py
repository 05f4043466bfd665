"""The documents under the validator that OpenAPI's own tools use."""

import pytest
from openapi_spec_validator import validate

from bridge.compiler.openapi import openapi_document
from chalicelib.contract.openapi import load_openapi
from tests.support.compiling import compiled
from tests.support.schemas import (
    ANSWERED,
    AUTHORED,
    MACHINE,
    ODDITIES,
    OLDER,
    SAME_NAMES,
    SIGNED,
)
from tests.support.shop import BUILT


@pytest.mark.parametrize(
    "schema",
    [MACHINE, OLDER, AUTHORED, ANSWERED, SIGNED, ODDITIES, SAME_NAMES, BUILT],
    ids=lambda text: f"{len(text)} characters",
)
def test_every_contract_has_a_valid_document(schema: str) -> None:
    """Schemas with every scalar, without ETags and with much left out become valid documents."""
    validate(openapi_document(compiled(schema).contract))


@pytest.mark.parametrize("authorizer", ["none", "iam", "cognito"])
def test_the_document_is_valid_as_its_stage_has_it(authorizer: str) -> None:
    """With the stage's prefix as the server, and its authorizer's security scheme."""
    validate(load_openapi("/" if authorizer == "none" else "/api", authorizer))
