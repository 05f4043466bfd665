"""The bench's arithmetic: ratios within rounds, and bounds."""

import pytest

from bench.figures import Figure, figures, median_ratio


def test_a_round_that_was_disturbed_as_a_whole_leaves_the_ratio_alone():
    """Both sides of a slow round are slow, so its ratio is as good as any."""
    assert median_ratio([1.0, 50.0, 1.0], [2.0, 100.0, 2.0]) == 0.5


def test_one_odd_round_does_not_move_the_median():
    """A measurement that was disturbed alone counts as one round, however slow it was."""
    assert median_ratio([1.0, 1.0, 9.0], [2.0, 2.0, 2.0]) == 0.5


def test_rounds_of_different_number_are_refused():
    """A ratio needs both sides of its round."""
    with pytest.raises(ValueError, match="zip"):
        median_ratio([1.0], [1.0, 1.0])


def test_a_bound_holds_up_to_and_including_its_value():
    """The issue is written in at-mosts."""
    assert Figure("zip", 1.0, 1, "MB").reached
    assert not Figure("zip", 1.001, 1, "MB").reached


def test_each_figure_is_taken_from_its_measurement():
    """Ratios, counts and megabytes, and a batch against as many single creates."""
    named = {figure.name: figure for figure in figures(results())}
    values = {name: round(figure.value, 6) for name, figure in named.items()}
    assert values == {
        "import + first request, gateway / tuned": 0.5,
        "import + first request, a contract of 50 models / Todo's": 1.2,
        "start in Lambda to first response, CPU, gateway / tuned": 0.6,
        "CPU of a warm POST, gateway / tuned": 0.8,
        "CPU of a warm POST, gateway / plain": 0.1,
        "CPU of a warm GET of 50 items, gateway / tuned": 0.9,
        "CPU of a GET of 50 with a related item each / 51 single GETs, plain values": 0.05,
        "CPU of a GET of 50 with a related item each / 51 single GETs, nested values": 0.1,
        "CPU of 100 creates in one batch / 100 single creates": 0.05,
        "upstream requests of a batch of 100 creates": 1,
        "AssumeRole calls in 10,000 requests over 16 threads": 1,
        "zip": 0.9,
        "peak memory under awslambdaric": 70,
        "a page of 100 filtered from 10,000 items at 1 % match, upstream requests": 11,
        "a page of 100 by an index from 10,000 items, upstream requests": 1,
        "a page of 100 by an index from 1,000,000 items, upstream requests": 2,
    }
    assert {name for name, figure in named.items() if not figure.reached} == {
        "import + first request, a contract of 50 models / Todo's",
        "CPU of a warm POST, gateway / tuned",
        "CPU of a warm GET of 50 items, gateway / tuned",
        "CPU of a GET of 50 with a related item each / 51 single GETs, nested values",
        "peak memory under awslambdaric",
        "a page of 100 by an index from 1,000,000 items, upstream requests",
    }


def results():
    """Returns measurements of one round, by hand."""
    return {
        "cold": {"gateway": [0.1], "tuned": [0.2]},
        "coldFifty": {"gateway": [0.1], "gateway_fifty": [0.12]},
        "warm": {
            "gateway": {
                "post": {"cpu": [0.0004]},
                "list": {"cpu": [0.0009]},
                "batch": {"cpu": [0.002]},
            },
            "tuned": {"post": {"cpu": [0.0005]}, "list": {"cpu": [0.001]}},
            "plain": {"post": {"cpu": [0.004]}},
        },
        "page": {"gateway": {"upstreamRequests": 11, "items": 100}},
        "shop": {
            "plain": {"expanded": [0.00204], "single": [0.0008]},
            "nested": {"expanded": [0.00408], "single": [0.0008]},
        },
        "indexPages": {
            "10000": {"upstreamRequests": 1, "items": 100},
            "1000000": {"upstreamRequests": 2, "items": 100},
        },
        "batchUpstreamRequests": 1,
        "assumeRole": {
            "gateway": {"requests": 10_000, "threads": 16, "assumeRole": 1, "appsync": 10_000}
        },
        "zipBytes": {"gateway": 900_000},
        "lambdaStart": {"gateway": [0.3], "tuned": [0.5]},
        "peakBytes": {"gateway": [70_000_000]},
    }
