"""Faults: their descriptions, and which requests they hit."""

import pytest

from bridge.sandbox.exchange.faults import Fault, FaultError, Faults, Kind, parse_faults


def hits(fault: dict[str, object], requests: int, target: str = "sts") -> list[bool]:
    """Returns which of so many requests are hit."""
    faults = Faults([Fault.parse(fault)])
    return [bool(faults.draw(target, lambda: None).faults) for _ in range(requests)]


def test_a_fault_without_limits_hits_every_request():
    """It stays in force until it is removed."""
    assert hits({"kind": "cut_before"}, 3) == [True, True, True]


def test_a_count_hits_the_next_so_many_requests():
    """And lets the later ones pass."""
    assert hits({"kind": "throttle", "count": 2}, 4) == [True, True, False, False]


def test_a_target_leaves_the_other_service_alone():
    """A fault of AppSync does not reach STS, nor use up its count there."""
    fault = {"kind": "error", "status": 503, "target": "appsync", "count": 1}
    assert hits(fault, 2, "sts") == [False, False]
    assert hits(fault, 2, "appsync") == [True, False]


def test_a_probability_with_a_seed_can_be_repeated():
    """The same seed hits the same requests, some of them."""
    fault = {"kind": "cut_after", "probability": 0.5, "seed": 7}
    first = hits(fault, 50)
    assert first == hits(fault, 50)
    assert 10 < sum(first) < 40
    assert first != hits({**fault, "seed": 8}, 50)


def test_an_operation_hits_requests_of_its_kind_alone():
    """A fault of mutations lets queries pass."""
    faults = Faults([Fault.parse({"kind": "cut_after", "operation": "mutation"})])
    assert Kind.CUT_AFTER in faults.draw("appsync", lambda: "mutation")
    assert Kind.CUT_AFTER not in faults.draw("appsync", lambda: "query")
    assert Kind.CUT_AFTER not in faults.draw("appsync", lambda: None)


def test_a_rate_lets_that_many_requests_a_second_through():
    """Bursts above a second's worth are refused, and the allowance grows with time."""
    now = [0.0]
    faults = Faults([Fault.parse({"kind": "throttle", "per_second": 2})], lambda: now[0])

    def passed(requests: int) -> int:
        drawn = [faults.draw("sts", lambda: None) for _ in range(requests)]
        return sum(Kind.THROTTLE not in it for it in drawn)

    assert passed(5) == 2
    now[0] = 0.5
    assert passed(5) == 1
    now[0] = 10.0
    assert passed(5) == 2


def test_several_faults_can_hit_one_request():
    """Their numbers are told apart by their kind."""
    faults = Faults(
        [
            Fault.parse({"kind": "latency", "milliseconds": 20}),
            Fault.parse({"kind": "clock_skew", "seconds": -400}),
        ]
    )
    drawn = faults.draw("sts", lambda: None)
    assert drawn.number(Kind.LATENCY) == 20
    assert drawn.number(Kind.CLOCK_SKEW) == -400
    assert drawn.number(Kind.ERROR) is None


def test_the_description_of_the_faults_in_force_can_be_put_back():
    """What is told, counters included, is what is taken."""
    document = {"faults": [{"kind": "error", "status": 502, "target": "sts", "count": 3}]}
    faults = Faults(parse_faults(document))
    faults.draw("sts", lambda: None)
    described = faults.describe()
    assert described == [{**document["faults"][0], "hits": 1}]
    assert parse_faults({"faults": described}) == parse_faults(document)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ([], "must be"),
        ({"faults": ["cut_after"]}, "a fault must be an object"),
        ({"faults": [{"kind": "flood"}]}, "kind must be one of throttle, "),
        ({"faults": [{"kind": "latency"}]}, "latency needs milliseconds"),
        ({"faults": [{"kind": "latency", "milliseconds": 1e30}]}, "must be at most 60000"),
        ({"faults": [{"kind": "cut_after", "seconds": 1}]}, "cut_after takes no seconds"),
        ({"faults": [{"kind": "error", "status": 404}]}, "status must be 500 to 599"),
        ({"faults": [{"kind": "throttle", "target": "s3"}]}, "target must be one of"),
        ({"faults": [{"kind": "throttle", "operation": "read"}]}, "operation must be one of"),
        ({"faults": [{"kind": "throttle", "count": 1.5}]}, "count must be a whole number"),
        ({"faults": [{"kind": "throttle", "probability": "x"}]}, "probability must be a number"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(document, text):
    """And the refusal says what is wrong."""
    with pytest.raises(FaultError, match=text):
        parse_faults(document)
