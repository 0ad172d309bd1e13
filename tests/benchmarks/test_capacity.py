"""The capacity plan follows from the measured figures; its simulation is held to theory too."""

import random
from statistics import mean

import pytest

from benchmarks import capacity
from benchmarks.capacity import CELL, RATES, Prices, constants, costs, erlang_c, plan, waits
from benchmarks.report import percentile

TOLERANCE = 0.35
"""Load, latency and rate were measured minutes apart, on a machine with neighbours."""


def exponential(chance: random.Random) -> float:
    return chance.expovariate(1)


@pytest.mark.parametrize(("servers", "used"), [(1, 0.5), (2, 0.7), (8, 0.8), (32, 0.9)])
def test_it_waits_as_erlang_calculated(servers: int, used: float) -> None:
    found = waits(servers=servers, used=used, service=exponential, jobs=200_000)

    who_waits = erlang_c(servers, used)
    assert sum(one > 0 for one in found) / len(found) == pytest.approx(who_waits, rel=0.1)
    assert mean(found) == pytest.approx(who_waits / (servers * (1 - used)), rel=0.15)


def test_equal_times_halve_the_wait_of_one_server() -> None:
    """Pollaczek and Khinchine: of one server, exactly half."""
    found = waits(servers=1, used=0.7, service=capacity.always_the_same, jobs=200_000)

    assert mean(found) == pytest.approx(0.7 / 0.3 / 2, rel=0.1)


@pytest.mark.parametrize(("share", "seen"), [(0.5, "loaded_p50"), (0.95, "loaded_p95")])
def test_it_waits_as_was_measured(share: float, seen: str) -> None:
    """Two cores that do everything, at 70 % of the rate that they reached with many people.

    They are busier than that: that rate needs a line of messages, which then carry several jobs
    each. One person, whose window is no such line, shows what an image costs without.
    """
    known = constants()
    used = 0.7 * known.rate / known.rate_of_one
    found = waits(servers=2, used=used, service=capacity.always_the_same)

    each = 2000 / known.rate_of_one
    simulated = known.idle_p50 + percentile(found, share) * each
    assert simulated == pytest.approx(getattr(known, seen), rel=TOLERANCE)


def test_the_sum_of_all_parts_is_the_rate_that_was_measured() -> None:
    known = constants()

    assert 2000 / known.whole == pytest.approx(known.rate, rel=TOLERANCE)
    assert known.model < known.worker < known.whole


def test_the_page_has_the_tables_that_follow_from_the_figures() -> None:
    """After new figures: python -m benchmarks.capacity --write"""
    page = capacity.PAGE.read_text()

    assert capacity.written(page) == page


def test_twice_the_rate_is_twice_the_cores() -> None:
    small, large = (
        {
            name: float(value.replace(",", ""))
            for name, value in plan(rate).items()
            if "core" in name
        }
        for rate in RATES[1:]
    )
    for name, count in large.items():
        assert count == pytest.approx(small[name] * RATES[2] / RATES[1], rel=0.35), name
    assert plan(CELL)["sites with a database each"] == "1"
    assert plan(CELL + 1)["sites with a database each"] == "2"


def test_costs_follow_prices() -> None:
    free = Prices(core_hour=0, gigabyte_month=0, writes=0, reads=0, gigabyte_out=0)
    assert sum(price for _, price in costs(free).values()) == 0
    only_work = Prices(core_hour=1, gigabyte_month=0, writes=0, reads=0, gigabyte_out=0)
    hours = sum(price for _, price in costs(only_work).values())
    assert hours == pytest.approx(constants().whole / 1000 / 0.7 * 1_000_000 / 3600)


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(KeyError, match="waits"):
        capacity.written(capacity.PAGE.read_text().replace("<!-- waits -->", ""))
