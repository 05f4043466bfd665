"""The arithmetic of what requests ask of account B, and of where their first wall stands."""

import pytest

from bench.walls import MIXES, Request, item_units, mixed, query_units, requests

KINDS = requests(scan_calls=11)


def test_a_query_rounds_all_items_together_and_single_reads_each_alone():
    """Half a unit for 4 KB: 100 items of 1 KB are 12.5 units by one query, and 50 one by one."""
    assert query_units(100) == 12.5
    assert query_units(50) == 6.5
    assert item_units(100) == 50


def test_a_page_by_an_index_is_one_request_and_one_by_a_scan_reads_the_table():
    """What the index returns is all that it reads."""
    assert (KINDS["index"].upstream, KINDS["index"].reads) == (1, 12.5)
    assert (KINDS["scan"].upstream, KINDS["scan"].reads) == (11, 1_250)


def test_the_price_is_of_the_requests_to_appsync_and_of_the_units():
    """A million of 2 requests, 4 read units and 8 write units, each at its own price."""
    request = Request("any", 2, 2, 4, 8)
    assert request.dollars(once=10, appsync=4) == pytest.approx(10 + 8 + 0.5 + 5)


def test_the_first_wall_is_the_quota_that_the_lowest_rate_meets():
    """A request that asks nothing of a quota never meets it."""
    assert Request("any", 1, 1, 0).first_wall() == ("AppSync tokens", 2_000)
    hot = Request("any", 1, 1, 12.5, partition_reads=12.5)
    assert hot.first_wall() == ("reads of one index partition", 240)


def test_versions_halve_what_appsyncs_tokens_let_through_for_changes():
    """Each change is a read and a write."""
    assert KINDS["patch_versioned"].walls()["AppSync tokens"] == 1_000
    assert KINDS["patch_indexed"].walls()["AppSync tokens"] == 2_000


@pytest.mark.parametrize("shares", MIXES.values(), ids=MIXES.keys())
def test_a_mix_is_the_average_of_its_requests(shares):
    """The shares make a whole, and each quantity is weighed by them."""
    assert sum(shares.values()) == pytest.approx(1)
    mix = mixed("mix", KINDS, shares)
    assert mix.upstream == pytest.approx(
        sum(p * KINDS[each].upstream for each, p in shares.items())
    )
    assert min(KINDS[each].writes for each in shares) <= mix.writes
    assert mix.writes <= max(KINDS[each].writes for each in shares)
