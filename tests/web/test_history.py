"""Finding one's jobs again: search, filters, order, two views; fast however many there are."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from classify.history import HistoryForm, jobs_found
from classify.listing import PAGE_SIZE, Cursor, Sort
from classify.models import Model
from classify.services import feedback_set
from tests.factories import JobFactory, UserFactory
from tests.web.test_jobs import link, names
from tests.web.test_pages import check
from worker.models import Job, first_id_at

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]


def found(web: Client, query: str) -> list[str]:
    response = web.get(f"/jobs/?{query}")
    assert response.status_code == 200
    return names(response.text)


def tea(number: int) -> dict[str, Any]:
    """Return the fields of a job whose best class is a teacup."""
    prediction = {"id": "n07930864", "index": 968, "score": 0.9}
    return {
        "input_name": f"photo-{number}.jpg",
        "label": "n07930864",
        "score": 0.9,
        "output": {"predictions": [prediction]},
    }


@pytest.fixture
def three(succeeded: MakeJob, user: User, models: list[Model]) -> list[Job]:
    """An espresso, a teacup, and a failure."""
    return [
        succeeded(input_name="photo-0.jpg"),
        succeeded(**tea(1), model="fast"),
        JobFactory.create(
            user=user, service="classify", finished="failed", input_name="photo-2.jpg", model="fine"
        ),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["2", "1", "0"]),
        ("q=espresso", ["0"]),
        ("q=CAFE EXPRESO", ["0"]),
        ("q=taza", ["1"]),
        ("q=drink", ["1", "0"]),
        ("q=bebidas", ["1", "0"]),
        ("q=zebra", []),
        ("parent=drink", ["1", "0"]),
        ("label=n07930864", ["1"]),
        ("label=n00000000", []),
        ("state=failed", ["2"]),
        ("state=succeeded", ["1", "0"]),
        ("model=fast", ["1"]),
        ("sure=90", ["1"]),
        ("sure=50", ["1", "0"]),
        ("sure=low", []),
        ("q=taza&sure=90&state=succeeded&model=fast&parent=drink", ["1"]),
        ("q=taza&model=fine", []),
        ("sort=oldest", ["0", "1", "2"]),
        ("sort=surest", ["1", "0"]),
        ("sort=least", ["0", "1"]),
        ("sort=surest&q=espresso", ["0"]),
    ],
)
def test_it_finds(web: Client, three: list[Job], query: str, expected: list[str]) -> None:
    assert found(web, query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "state=strange",
        "model=strange",
        "sort=strange",
        "sure=1",
        "parent=' OR 1=1",
        "since=yesterday",
        "since=0001-01-01",
        "until=9999-12-31",
        "q=%00",
        "q=" + "x" * 101,
        "label=" + "x" * 65,
        "view=strange",
    ],
)
def test_what_makes_no_sense_is_left_out(web: Client, three: list[Job], query: str) -> None:
    assert found(web, query) == ["2", "1", "0"]


def test_it_finds_by_date(web: Client, user: User) -> None:
    for day in (1, 2, 3):
        moment = datetime(2026, 5, day, 23, 59, tzinfo=UTC)
        job_id = uuid.UUID(int=first_id_at(moment).int + day)
        JobFactory.create(id=job_id, user=user, service="classify", input_name=f"photo-{day}.jpg")
    assert found(web, "since=2026-05-02") == ["3", "2"]
    assert found(web, "until=2026-05-02") == ["2", "1"]
    assert found(web, "since=2026-05-02&until=2026-05-02") == ["2"]
    assert found(web, "since=2026-05-04") == []


def test_corrected_results_are_found_by_what_they_show(web: Client, three: list[Job]) -> None:
    from classify.models import Label

    cup = Label.objects.get(id="n07930864")
    feedback_set(job=three[0], correct=False, label=cup)
    assert found(web, "q=teacup") == ["1", "0"]
    assert found(web, "q=espresso") == []
    text = web.get("/jobs/?q=teacup").text
    assert text.count(">teacup</a>") == 2
    assert "corrected" in text
    feedback_set(job=three[1], correct=False)
    assert found(web, "q=teacup") == ["0"]


def test_it_finds_nothing_of_others(web: Client, succeeded: MakeJob) -> None:
    stranger = UserFactory.create()
    other = succeeded(user=stranger, input_name="photo-9.jpg")
    from classify.models import Label

    feedback_set(job=other, correct=False, label=Label.objects.get(id="n07930864"))
    for query in (
        "",
        "q=espresso",
        "q=teacup",
        "label=n07930864",
        "state=succeeded",
        "sort=surest",
    ):
        assert found(web, query) == []


def test_nothing_found_shows_the_way_out(web: Client, three: list[Job]) -> None:
    text = web.get("/jobs/?q=zzzz").text
    assert "Nothing found" in text
    assert "No class is called “zzzz”." in text
    assert 'href="/jobs/">Show all</a>' in text
    text = web.get("/jobs/?state=canceled").text
    assert "None of your pictures fits all of this." in text
    assert "No jobs yet" not in text


def test_each_filter_can_be_taken_away(web: Client, three: list[Job]) -> None:
    text = web.get("/jobs/?q=taza&parent=drink&since=2026-01-02&sort=oldest").text
    assert 'href="?parent=drink&amp;since=2026-01-02&amp;sort=oldest"' in text
    assert 'href="?q=taza&amp;parent=drink&amp;sort=oldest"' in text
    assert "Jan. 2, 2026" in text
    assert 'value="2026-01-02"' in text
    web.cookies["django_language"] = "es"
    text = web.get("/jobs/?q=taza&since=2026-01-02").text
    assert "2 de enero de 2026" in text
    assert 'value="2026-01-02"' in text


def test_hostile_queries_are_escaped(web: Client, three: list[Job]) -> None:
    text = web.get("/jobs/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in text


def test_the_view_is_remembered(web: Client, three: list[Job]) -> None:
    assert 'class="cards items"' in web.get("/jobs/").text
    response = web.get("/jobs/?view=list")
    assert 'class="rows items"' in response.text
    assert response.cookies["jobs_view"]["samesite"] == "Lax"
    assert 'class="rows items"' in web.get("/jobs/").text
    web.get("/jobs/?view=gallery")
    assert 'class="cards items"' in web.get("/jobs/").text
    web.cookies["jobs_view"] = "<script>"
    assert 'class="cards items"' in web.get("/jobs/").text


@pytest.mark.parametrize("view", ["gallery", "list"])
def test_both_views_are_sound(web: Client, three: list[Job], view: str) -> None:
    check(web.get(f"/jobs/?view={view}&q=taza").text)
    check(web.get(f"/jobs/?view={view}&q=zzzz").text)
    text = web.get(f"/jobs/?view={view}").text
    check(text)
    assert text.count('loading="lazy"') == 2
    assert f"/jobs/{three[0].id}/thumbnail" in text
    assert f"/jobs/{three[0].id}/picture" not in text


def test_wild_guesses_are_not_listed_as_facts(web: Client, succeeded: MakeJob) -> None:
    succeeded(output={"predictions": [{"id": "n07920052", "index": 967, "score": 0.2}]}, score=0.2)
    assert "Not sure: espresso?" in web.get("/jobs/").text
    web.cookies["django_language"] = "es"
    assert "No está claro: ¿café expreso?" in web.get("/jobs/").text


@pytest.mark.parametrize("sort", ["newest", "oldest", "surest", "least"])
def test_it_pages_there_and_back_in_every_order(web: Client, user: User, sort: str) -> None:
    now = datetime.now(UTC)
    jobs = [
        Job(
            user=user,
            service="classify",
            status="succeeded",
            input_name=f"photo-{number}.jpg",
            score=round((number * 7 % 11) / 10, 1),  # many are alike
            expires_at=now,
            finished_at=now,
        )
        for number in range(PAGE_SIZE * 2 + 5)
    ]
    Job.objects.bulk_create(jobs)
    keys: dict[str, Callable[[Job], Any]] = {
        "newest": lambda job: (-job.id.int,),
        "oldest": lambda job: (job.id.int,),
        "surest": lambda job: (-(job.score or 0), -job.id.int),
        "least": lambda job: (job.score, job.id.int),
    }
    expected = [re.sub(r"\D", "", job.input_name) for job in sorted(jobs, key=keys[sort])]
    text = web.get(f"/jobs/?sort={sort}&state=succeeded").text
    pages = [names(text)]
    while following := link(text, "next"):
        assert f"sort={sort}&amp;" in following or sort == "newest"
        assert "state=succeeded" in following
        text = web.get(f"/jobs/{following.replace('&amp;', '&')}").text
        pages.append(names(text))
    assert [name for page in pages for name in page] == expected
    for page in reversed(pages[:-1]):
        before = link(text, "prev")
        assert before
        text = web.get(f"/jobs/{before.replace('&amp;', '&')}").text
        assert names(text) == page


@pytest.mark.parametrize(
    "cursor",
    ["0.5", "nan~{id}", "inf~{id}", "x~{id}", "~{id}", "0.5~", "0.5~1", "{id}", "1e999~{id}"],
)
def test_a_cursor_of_another_order_is_not_found(web: Client, three: list[Job], cursor: str) -> None:
    place = cursor.format(id=three[0].id)
    assert web.get("/jobs/", {"sort": "surest", "after": place}).status_code == 404
    if "~" in cursor:
        assert web.get("/jobs/", {"after": place}).status_code == 404


def test_a_cursor_survives_the_job_that_it_names(web: Client, three: list[Job]) -> None:
    place = str(Cursor.of(three[1], Sort.SUREST))
    three[1].delete()
    assert names(web.get("/jobs/", {"sort": "surest", "after": place}).text) == ["0"]


def test_hidden_jobs_are_in_no_list(web: Client, user: User, three: list[Job]) -> None:
    JobFactory.create(user=user, service="explain", input_name="photo-7.jpg", source=three[0])
    for query in ("", "state=queued", "sort=oldest"):
        assert "7" not in found(web, query)


# --- However many there are -----------------------------------------------------

QUERIES = [
    "",
    "q=taza",
    "q=drink",
    "parent=drink",
    "state=failed",
    "sure=90",
    "sort=oldest",
    "sort=surest",
    "q=taza&sort=least&model=fast",
    "since=2026-01-01&until=2030-01-01",
]


@pytest.fixture
def full(user: User, succeeded: MakeJob, models: list[Model]) -> None:
    """Three pages of jobs, some of them corrected."""
    for number in range(3):
        succeeded(**tea(number))
    now = datetime.now(UTC)
    Job.objects.bulk_create(
        Job(
            user=user,
            service="classify",
            status="succeeded",
            expires_at=now,
            finished_at=now + timedelta(seconds=1),
            model="fast",
            display="x.jpg",
            **tea(number),
        )
        for number in range(PAGE_SIZE * 3)
    )
    for job in Job.objects.order_by("-id")[:5]:
        feedback_set(job=job, correct=False)


@pytest.mark.parametrize("query", QUERIES)
def test_a_page_costs_few_queries(
    web: Client, full: None, query: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(9):
        web.get(f"/jobs/?{query}")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plan")
@pytest.mark.parametrize("query", QUERIES)
def test_a_page_reads_jobs_by_an_index_of_their_user(web: Client, full: None, query: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        web.get(f"/jobs/?{query}")
    lists = [
        entry["sql"]
        for entry in captured.captured_queries
        if 'FROM "worker_job"' in entry["sql"] and "ORDER BY" in entry["sql"]
    ]
    assert lists
    for sql in lists:
        assert f"LIMIT {PAGE_SIZE + 1}" in sql
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "SEARCH worker_job USING INDEX" in plan
        assert "SCAN worker_job" not in plan


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plan")
@pytest.mark.parametrize("order", ["surest", "least"])
def test_the_order_by_certainty_is_read_from_an_index(user: User, order: str) -> None:
    jobs = jobs_found(user=user, form=HistoryForm(QueryDict(f"sort={order}")))
    plan = jobs.explain()
    assert "USING INDEX job_of_user_by_score" in plan
    assert "TEMP B-TREE" not in plan
