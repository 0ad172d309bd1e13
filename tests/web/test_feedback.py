"""Right or wrong: with JavaScript and without."""

from collections.abc import Callable

import pytest
from django.test import Client

from classify.models import Feedback
from classify.services import classes_load
from worker.models import Job

pytestmark = pytest.mark.django_db

SCRIPT = {"HX-Request": "true"}


def feedback(job: Job) -> tuple[bool, str | None] | None:
    found = Feedback.objects.filter(job=job).first()
    return (found.correct, found.label_id) if found else None


def test_it_asks(web: Client, succeeded: Callable[..., Job]) -> None:
    text = web.get(f"/jobs/{succeeded().id}/").text
    assert "Is “espresso” right?" in text


@pytest.mark.parametrize(
    ("fields", "stored", "said"),
    [
        ({"answer": "right"}, (True, None), "You said that this is right."),
        ({"answer": "wrong"}, (False, None), "You said that this is wrong."),
        ({"label": "n07930864"}, (False, "n07930864"), "You said that it shows: teacup"),
        ({"label": "n07920052"}, (True, None), "You said that this is right."),
    ],
)
def test_it_notes_what_one_says(
    web: Client,
    succeeded: Callable[..., Job],
    fields: dict[str, str],
    stored: tuple[bool, str | None],
    said: str,
) -> None:
    job = succeeded()
    response = web.post(f"/jobs/{job.id}/feedback", fields)
    assert response["Location"] == f"/jobs/{job.id}/#feedback"
    assert feedback(job) == stored
    assert said in web.get(f"/jobs/{job.id}/").text


def test_one_may_change_ones_mind(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded()
    web.post(f"/jobs/{job.id}/feedback", {"label": "n07930864"})
    web.post(f"/jobs/{job.id}/feedback", {"answer": "right"})
    assert feedback(job) == (True, None)
    web.post(f"/jobs/{job.id}/feedback", {"answer": "forget"})
    assert feedback(job) is None


def test_with_a_script_only_the_part_comes_back(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded()
    text = web.post(f"/jobs/{job.id}/feedback", {"answer": "right"}, headers=SCRIPT).text
    assert "You said that this is right." in text
    assert "<html" not in text
    text = web.post(f"/jobs/{job.id}/feedback", {"answer": "forget"}, headers=SCRIPT).text
    assert "Is “espresso” right?" in text


@pytest.mark.parametrize("label", ["", "n00000000", "' OR 1=1", "x" * 10_000])
def test_an_unknown_class_is_not_found(
    web: Client, succeeded: Callable[..., Job], label: str
) -> None:
    job = succeeded()
    assert web.post(f"/jobs/{job.id}/feedback", {"label": label}).status_code == 404
    assert feedback(job) is None


def test_it_offers_the_other_guesses(web: Client, succeeded: Callable[..., Job]) -> None:
    text = web.get(f"/jobs/{succeeded().id}/right-class").text
    assert "<html" in text
    assert 'value="n07930864"' in text
    assert 'value="n07920052"' not in text


@pytest.mark.parametrize("query", ["taza", "teacup", "TAZA DE TE"])
def test_classes_are_searched_in_every_language(
    web: Client, succeeded: Callable[..., Job], query: str
) -> None:
    job = succeeded()
    text = web.get(f"/jobs/{job.id}/right-class", {"q": query}).text
    assert 'value="n07930864"' in text
    assert "1 class fits." in text


def test_nothing_found_says_so(web: Client, succeeded: Callable[..., Job]) -> None:
    text = web.get(f"/jobs/{succeeded().id}/right-class", {"q": "<b>zzz"}).text
    assert "No class is called “&lt;b&gt;zzz”." in text


@pytest.mark.parametrize("part", ["feedback", "choices"])
def test_with_a_script_the_list_is_a_part_of_the_page(
    web: Client, succeeded: Callable[..., Job], part: str
) -> None:
    headers = SCRIPT | {"HX-Target": part}
    text = web.get(f"/jobs/{succeeded().id}/right-class?q=taza", headers=headers).text
    assert f'id="{part}"' in text
    assert "<html" not in text
    assert ("<form" in text) is (part == "feedback")


def test_the_whole_table_is_searched_with_few_queries(
    web: Client, succeeded: Callable[..., Job], django_assert_max_num_queries: Callable[..., object]
) -> None:
    job = succeeded()
    classes_load()
    with django_assert_max_num_queries(7):  # type: ignore[attr-defined]
        text = web.get(f"/jobs/{job.id}/right-class?q=perro").text
    assert text.count('name="label"') == 12
