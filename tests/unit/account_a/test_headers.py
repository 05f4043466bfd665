"""Entity tags, media types and idempotency keys as headers carry them."""

import uuid

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.rest.conditional import EntityTags, entity_tag, parse_entity_tags
from chalicelib.rest.idempotency import idempotent_id, parse_idempotency_key
from chalicelib.rest.media import accepts_json, is_media_type


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("*", EntityTags(any=True)),
        (" * ", EntityTags(any=True)),
        ('"a"', EntityTags(strong=("a",))),
        ('""', EntityTags(strong=("",))),
        ('W/"a"', EntityTags(weak=("a",))),
        ('"a", W/"b" ,"c"', EntityTags(strong=("a", "c"), weak=("b",))),
        ('"a,b", "c"', EntityTags(strong=("a,b", "c"))),
        ('"é"', EntityTags(strong=("é",))),
    ],
)
def test_a_list_of_entity_tags_is_read(value: str, tags: EntityTags) -> None:
    """Strong and weak ones are kept apart; a comma within quotes parts nothing."""
    assert parse_entity_tags("if-match", value) == tags


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "a",
        '"a',
        'a"',
        '"a" "b"',
        '"a"; "b"',
        'w/"a"',
        'W/ "a"',
        '*, "a"',
        '"a", *',
        '"a b"',
        '"\x00"',
        '"🥛"',
        ",",
        ", ".join(['"a"'] * 51),
    ],
)
def test_what_is_no_list_of_entity_tags_is_refused(value: str) -> None:
    """A precondition that is not understood must not be taken for none."""
    with pytest.raises(InvalidRequest) as raised:
        parse_entity_tags("if-match", value)
    (violation,) = raised.value.violations
    assert (violation.place, violation.name) == ("header", "if-match")


def test_fifty_tags_are_enough_for_anybody() -> None:
    """Each becomes a condition upstream, so their number has a bound."""
    assert len(parse_entity_tags("if-match", ", ".join(['"a"'] * 50)).strong) == 50


def test_strong_comparison_ignores_weak_tags_and_weak_comparison_does_not() -> None:
    """RFC 9110, section 8.8.3.2."""
    tags = parse_entity_tags("if-match", '"a", W/"b"')
    assert [tags.match_strongly(each) for each in ("a", "b", "c", None)] == [
        True,
        False,
        False,
        False,
    ]
    assert [tags.match_weakly(each) for each in ("a", "b", "c", None)] == [True, True, False, False]
    anything = EntityTags(any=True)
    assert anything.match_strongly(None)
    assert anything.match_weakly("x")


def test_the_entity_tag_is_the_quoted_time_of_the_last_write() -> None:
    """What a client sends back is read as the very time again."""
    tag = entity_tag("2026-11-23T20:00:00.000Z")
    assert parse_entity_tags("if-match", tag).strong == ("2026-11-23T20:00:00.000Z",)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("k", "k"),
        (' "k" ', "k"),
        ('"two words"', "two words"),
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ("a" * 255, "a" * 255),
        ("back\\slash", "back\\slash"),
    ],
)
def test_an_idempotency_key_is_read_quoted_or_bare(value: str, key: str) -> None:
    """Both forms of one key are the same key."""
    assert parse_idempotency_key(value) == key


@pytest.mark.parametrize("value", ["", " ", '""', '"a', "a b", "é", "a" * 256, '"a"b"', "\x00"])
def test_what_is_no_idempotency_key_is_refused(value: str) -> None:
    """A key that is not understood must not be taken for none: the write would not be safe."""
    with pytest.raises(InvalidRequest):
        parse_idempotency_key(value)


def test_a_key_means_one_id_for_one_caller() -> None:
    """Always the same; another caller's, and another key's, is another."""
    ids = {idempotent_id(caller, key) for caller in ("", "a", "b") for key in ("1", "2")}
    assert len(ids) == 6
    assert idempotent_id("a", "1") in ids
    assert all(uuid.UUID(each).version == 5 for each in ids)
    # Written down once: a later version must find the items that an earlier one made.
    assert idempotent_id("caller", "key") == "4887df13-6c9d-563b-a478-abd11fd808c5"


@pytest.mark.parametrize(
    ("accept", "taken"),
    [
        (None, True),
        ("", True),
        ("*/*", True),
        ("application/*", True),
        ("application/json", True),
        ("APPLICATION/JSON", True),
        ("text/html, application/json;q=0.1", True),
        ("text/html, */*;q=0.8", True),
        ("application/json; charset=utf-8", True),
        ("text/html", False),
        ("text/*", False),
        ("application/problem+json", True),
        ("application/json;q=0", False),
        ("application/json; q=0.000", False),
        ("application/json;q=0, text/html", False),
        ("json", False),
        ("application/json;q=0, */*", False),
        ("*/*, application/json;q=0", False),
        ("application/*;q=0, */*", False),
        ("application/json, application/*;q=0, */*;q=0", True),
        ("application/json;q=0.5, */*;q=0", True),
        ("application/*;q=0.001, */*;q=0", True),
        ("application/json;q=0, application/json", True),
    ],
)
def test_the_accept_header_decides(accept: str | None, taken: bool) -> None:
    """A missing one takes anything, q=0 takes nothing, the most specific range outdoes others."""
    assert accepts_json(accept) is taken


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [
        ("application/json", True),
        ("Application/JSON ; charset=UTF-8", True),
        ('application/json; charset="utf-8"', True),
        ("application/json; profile=x", True),
        ("application/json; charset=latin-1", False),
        ("application/jsonx", False),
        ("application/merge-patch+json", False),
        ("", False),
        ("text/plain", False),
    ],
)
def test_the_content_type_decides(content_type: str, taken: bool) -> None:
    """JSON in UTF-8 and nothing else."""
    assert is_media_type(content_type, ("application/json",)) is taken
