"""The opaque nextToken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.sandbox.appsync.amplify.tokens import seal, unseal
from bridge.sandbox.appsync.messages import ResolverError


@given(st.binary(min_size=1), st.text(), st.binary(min_size=1, max_size=40))
def test_a_token_gives_back_its_place(secret, field, place):
    """What was sealed is what is unsealed."""
    assert unseal(secret, field, seal(secret, field, place)) == place


@given(st.binary(min_size=1, max_size=40))
def test_a_token_serves_its_own_field_and_store_only(place):
    """A token of another field, or of another store's secret, is refused."""
    token = seal(b"secret", "listTodos", place)
    with pytest.raises(ResolverError):
        unseal(b"secret", "listPeople", token)
    with pytest.raises(ResolverError):
        unseal(b"another", "listTodos", token)


@given(st.text())
def test_no_text_of_a_clients_own_is_a_token(text):
    """Garbage is refused as DynamoDB's invalid pagination token, never an exception."""
    with pytest.raises(ResolverError) as caught:
        unseal(b"secret", "listTodos", text)
    assert caught.value.error_type == "DynamoDB:UserIllegalArgumentException"
