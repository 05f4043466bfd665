"""When a difference counts as explained."""

from dataclasses import replace

from bridge.sandbox.replay.comparison import Difference
from bridge.sandbox.replay.evidence import explain
from bridge.sandbox.replay.recording import Case, expand

CASE = Case(1, "x", "POST", "{ a }", None, None, None, None, 200, "", {}, "resolver")
WORDS = Difference("/errors/0/message", "a", "b")


def test_a_resolvers_words_need_to_be_the_same():
    """Only the front's own words are unsure."""
    assert explain(CASE, 200, {}, [WORDS]) is None
    assert explain(replace(CASE, provenance="front"), 200, {}, [WORDS])


def test_a_fronts_status_or_shape_is_not_a_matter_of_words():
    """A difference elsewhere needs evidence of its own."""
    front = replace(CASE, provenance="front")
    assert explain(front, 500, {}, [WORDS, Difference("status", 200, 500)]) is None


def test_evidence_holds_only_for_the_answer_that_it_gives():
    """A known difference with another answer is a difference."""
    forged = replace(CASE, name="list.nextToken_forged_key")
    differences = [Difference("/data/listTodos", {}, None)]
    right = {"errors": [{"errorType": "DynamoDB:UserIllegalArgumentException"}]}
    assert explain(forged, 200, right, differences)
    assert explain(forged, 200, {"errors": [{"errorType": "Other"}]}, differences) is None
    offset = replace(CASE, name="create.dueAt_offset")
    assert explain(offset, 200, {}, [Difference("/data/createTodo/dueAt", "a", "b")])
    assert explain(offset, 200, {}, [Difference("/data/createTodo/name", "a", "b")]) is None


def test_elided_texts_get_their_length_back():
    """The letter before the dots goes on."""
    assert expand({"a": ["xx...<5 chars>", "x...y", 1]}) == {"a": ["xxxxx", "x...y", 1]}
