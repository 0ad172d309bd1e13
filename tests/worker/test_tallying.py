"""Jobs are counted by day, service and model: each once, however many sweepers count."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import UserFactory
from tests.worker.test_retention import job_of
from worker import tallying
from worker.chores import chores
from worker.console import usage
from worker.models import Job, Tally, Usage
from worker.tallying import Kind, tallies_since, tally_carry_out

pytestmark = pytest.mark.django_db

TODAY = timezone.now().date()
YESTERDAY = TODAY - timedelta(days=1)


def jobs(count: int, *, days: float = 1, **fields: Any) -> list[Job]:
    user = UserFactory.create()
    return [job_of(user, days=days, **fields) for _ in range(count)]


def counts() -> list[tuple[Any, ...]]:
    return list(Tally.objects.order_by("day", "model").values_list("day", "model", "jobs"))


def test_settled_jobs_are_counted_once_and_the_latest_when_somebody_looks() -> None:
    jobs(2)
    jobs(3, model="fine")
    jobs(4, days=0)
    assert tally_carry_out() == 5
    assert counts() == [(YESTERDAY, "fine", 3), (YESTERDAY, "null", 2)]
    assert tally_carry_out() == 0
    jobs(1, days=0.5 / 24)  # half an hour ago
    assert tally_carry_out() == 1
    assert tallies_since(YESTERDAY)[Kind(YESTERDAY, "null", "null")] >= 2
    assert sum(tallies_since(YESTERDAY).values()) == 10
    assert sum(tallies_since(TODAY + timedelta(days=1)).values()) == 0


def test_what_is_erased_stays_counted() -> None:
    jobs(2)
    tally_carry_out()
    Job.objects.all().delete()
    assert sum(tallies_since(YESTERDAY).values()) == 2


def test_it_goes_on_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "AT_ONCE", 2)
    monkeypatch.setattr(tallying, "STEPS", 1)
    jobs(5)
    assert [tally_carry_out() for _ in range(4)] == [2, 2, 1, 0]
    assert counts() == [(YESTERDAY, "null", 5)]


def test_a_step_that_breaks_off_counts_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs(2)

    def broken(rows: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tallying, "_counted", broken)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            tally_carry_out()
    assert chores().counted == 2
    assert counts() == [(YESTERDAY, "null", 2)]


def test_the_charts_show_the_largest_and_all_others_as_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(8):
        jobs(1, model=f"model-{number}")
    jobs(3, model="model-7")
    tally_carry_out()
    with django_assert_max_num_queries(8):
        shown = usage()
    (_, models), (_, people) = shown["charts"]
    assert shown["total"] == 11
    assert [(name, count) for _, name, count in models.legend] == [
        ("null · model-7", 4),
        *[(f"null · model-{number}", 1) for number in sorted(range(7))[:4]],
        ("", 3),
    ]
    assert models.most == 11
    assert sum(piece.height for piece in models.pieces) == pytest.approx(100)
    assert min(piece.y for piece in models.pieces) == pytest.approx(0)
    assert len(people.legend) == 6
    assert people.legend[0][2] == 3
    assert people.legend[-1][1:] == ("", 4)
    assert sum(count for _, _, count in people.legend) == sum(
        Usage.objects.values_list("jobs", flat=True)
    )
