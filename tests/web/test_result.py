"""What can be done with a result: trust it or not, take it along, ask another model, ask why."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from classify.models import Label, Model
from tests.conftest import Broker, picture
from tests.factories import BatchFactory, JobFactory, UserFactory
from tests.web.conftest import showing
from worker.models import Job, Status

pytestmark = pytest.mark.django_db

LOW = [
    {"id": "n07920052", "index": 967, "score": 0.31},
    {"id": "n07930864", "index": 968, "score": 0.25},
]


def guesses(*scores: float) -> dict[str, Any]:
    ids = ("n07920052", "n07930864")
    return {
        "output": {
            "predictions": [
                {"id": label, "index": 967 + place, "score": score}
                for place, (label, score) in enumerate(zip(ids, scores, strict=False))
            ]
        },
        "score": scores[0],
    }


def page(web: Client, job: Job) -> str:
    return web.get(f"/jobs/{job.id}/").text


def explained(job: Job, **fields: Any) -> Job:
    """Make the job that explains another's result."""
    output = {
        "label": "n07920052",
        "score": 0.87,
        "covered": 0.31,
        "area": [0.2, 0.1, 0.6, 0.8],
        "aspect": 4 / 3,
        "grid": [[100 if x < 3 and y < 3 else 0 for x in range(12)] for y in range(12)],
    }
    values = {
        "user": job.user,
        "service": "explain",
        "source": job,
        "model": job.model,
        "parameters": {"label": "n07920052"},
        "finished": "succeeded",
        "output": output,
        "label": "n07920052",
    }
    return JobFactory.create(**values | fields)


def test_a_sure_result_is_said_with_its_other_names(
    web: Client, succeeded: Callable[..., Job]
) -> None:
    Label.objects.filter(id="n07920052").update(synonyms_en="café\nsmall coffee")
    text = page(web, succeeded())
    assert '<p class="best">espresso</p>' in text
    assert "Also called: café, small coffee" in text


def test_an_unsure_result_says_the_concept(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded(**guesses(0.31, 0.25))
    text = page(web, job)
    assert '<p class="best">Some kind of drink</p>' in text
    assert "have 56.0% together" in text
    assert 'alt="Some kind of drink"' in text
    web.cookies["django_language"] = "es"
    assert '<p class="best">Algún tipo de bebida</p>' in page(web, job)


def test_a_wild_guess_is_not_shown_as_fact(web: Client, succeeded: Callable[..., Job]) -> None:
    text = page(web, succeeded(**guesses(0.2, 0.1)))
    assert '<p class="best">Not sure what this shows</p>' in text
    assert "“espresso”, with only 20.0%" in text
    assert 'alt="Not sure what this shows"' in text
    assert 'alt="espresso"' not in text


def test_the_result_is_there_as_json(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded(input_name='a"b\u202e.jpg')
    response = web.get(f"/jobs/{job.id}/result.json")
    assert response["Content-Type"] == "application/json"
    data = json.loads(response.content)
    assert data["id"] == str(job.id)
    assert data["model"] == {"name": "fine", "version": "1", "sha256": ""}
    assert data["output"]["predictions"][0] == {
        "id": "n07920052",
        "index": 967,
        "name": "espresso",
        "score": 0.8743,
        "parents": [{"id": "drink", "name": "drink"}],
    }
    assert data["feedback"] is data["error"] is None
    web.cookies["django_language"] = "es"
    assert "café expreso" in web.get(f"/jobs/{job.id}/result.json").text


def test_a_failure_is_there_as_json(web: Client, user: User) -> None:
    job = JobFactory.create(user=user, service="classify", finished="failed", error_code="empty")
    data = web.get(f"/jobs/{job.id}/result.json").json()
    assert data["output"] is None
    assert data["error"] == {"code": "empty", "message": "The file is empty."}


def test_it_shows_how_a_program_does_it(web: Client, succeeded: Callable[..., Job]) -> None:
    text = page(web, succeeded(input_name="$(rm -rf ~).jpg"))
    assert "curl http://testserver/api/v1/services/classify/jobs" in text
    assert "-F model=fine" in text
    assert text.count("$(rm -rf ~)") <= 3  # as the page's title and heading, in no command


def test_a_job_that_waits_says_how_many_come_first(web: Client, user: User) -> None:
    for _ in range(3):
        JobFactory.create()
    job = JobFactory.create(user=user, service="classify")
    text = page(web, job)
    assert "3 pictures come before yours." in text
    assert "queued.3" in text
    assert "It starts in" not in text
    part = web.get(f"/jobs/{job.id}/status", headers=showing("queued.4")).text
    assert "3 pictures come before yours." in part
    assert "announcement" not in part  # a place that changes is not read out
    web.cookies["django_language"] = "es"
    assert "Hay 3 imágenes antes que la tuya." in page(web, job)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "a few seconds"), (33, "about 40 seconds"), (100, "about 2 minutes")],
)
def test_it_says_about_when_it_starts(
    web: Client, user: User, succeeded: Callable[..., Job], seconds: float, words: str
) -> None:
    done = succeeded(user=UserFactory.create(), worker="a:1")
    Job.objects.filter(id=done.id).update(
        started_at=done.created_at, finished_at=done.created_at + done_after(seconds)
    )
    JobFactory.create()
    job = JobFactory.create(user=user, service="classify")
    assert f"It starts in {words}." in page(web, job)


def done_after(seconds: float) -> Any:
    from datetime import timedelta

    return timedelta(seconds=seconds)


# --- Trying again -------------------------------------------------------------


def test_what_failed_on_our_side_can_be_tried_again(
    web: Client, user: User, broker: Broker
) -> None:
    job = JobFactory.create(user=user, service="classify", finished="failed", picture=picture())
    assert f'action="/jobs/{job.id}/retry"' in page(web, job)
    again = web.post(f"/jobs/{job.id}/retry")["Location"]
    assert again != f"/jobs/{job.id}/"
    text = page(web, job)
    assert f'href="{again}"' in text
    assert "/retry" not in text
    assert web.post(f"/jobs/{job.id}/retry")["Location"] == f"/jobs/{job.id}/"
    assert Job.objects.count() == 2


def test_a_bad_picture_is_not_tried_again(web: Client, user: User) -> None:
    job = JobFactory.create(
        user=user,
        service="classify",
        finished="failed",
        error_code="broken_image",
        picture=picture(),
    )
    assert "/retry" not in page(web, job)
    response = web.post(f"/jobs/{job.id}/retry", follow=True)
    assert "This job cannot be tried again." in response.text
    assert Job.objects.count() == 1


# --- Other models ---------------------------------------------------------------


def test_another_model_can_be_asked(
    web: Client, models: list[Model], succeeded: Callable[..., Job], broker: Broker
) -> None:
    job = succeeded(picture=picture())
    text = page(web, job)
    assert "<option>fast</option>" in text
    assert "<option>fine</option>" not in text
    assert "<option>old</option>" not in text
    assert web.post(f"/jobs/{job.id}/rerun", {"model": "fast"})["Location"] == (
        f"/jobs/{job.id}/#models"
    )
    other = Job.objects.exclude(id=job.id).get()
    assert (other.model, other.source, other.parameters) == ("fast", job, job.parameters)
    assert "every 1s" in page(web, job)
    assert '<noscript><meta http-equiv="refresh"' in page(web, job)


def test_results_of_two_models_stand_side_by_side(
    web: Client,
    succeeded: Callable[..., Job],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    job = succeeded()
    other = succeeded(source=job, model="fast", **guesses(0.3, 0.1))
    with django_assert_max_num_queries(10):
        text = page(web, job)
    assert re.search(r"fine.*\(this result\).*espresso.*fast.*Not sure", text, re.DOTALL)
    assert "every 1s" not in text
    assert f'href="/jobs/{job.id}/"' in page(web, other)


@pytest.mark.parametrize("model", ["old", "none", "", "../../x"])
def test_only_a_model_on_offer_can_be_asked(
    web: Client, models: list[Model], succeeded: Callable[..., Job], model: str
) -> None:
    job = succeeded(picture=picture())
    assert web.post(f"/jobs/{job.id}/rerun", {"model": model}).status_code == 404
    assert Job.objects.count() == 1


@pytest.mark.parametrize("script", [True, False])
def test_a_refusal_is_said(
    web: Client,
    models: list[Model],
    succeeded: Callable[..., Job],
    settings: Settings,
    script: bool,
) -> None:
    settings.QUOTA_JOBS_PER_DAY = 0
    job = succeeded(picture=picture())
    headers = {"HX-Request": "true"} if script else {}
    response = web.post(f"/jobs/{job.id}/rerun", {"model": "fast"}, headers=headers)
    assert ("HX-Refresh" in response) is script
    assert "You have reached the number of pictures for today." in page(web, job)


# --- Why? -------------------------------------------------------------------------


def test_why_is_asked_once(web: Client, succeeded: Callable[..., Job], broker: Broker) -> None:
    job = succeeded(picture=picture())
    assert "Why “espresso”?" in page(web, job)
    for _ in range(2):
        response = web.post(f"/jobs/{job.id}/explain", {"label": "n07920052"})
        assert response["Location"] == f"/jobs/{job.id}/#why"
    why = Job.objects.get(service="explain")
    assert (why.source, why.model, why.parameters) == (job, "fine", {"label": "n07920052"})
    text = page(web, job)
    assert "This takes some seconds." in text
    assert f'hx-get="/jobs/{job.id}/derived"' in text


def test_only_a_class_of_the_result_is_explained(
    web: Client, succeeded: Callable[..., Job]
) -> None:
    job = succeeded(picture=picture())
    assert web.post(f"/jobs/{job.id}/explain", {"label": "n00000001"}).status_code == 404
    assert web.post(f"/jobs/{job.id}/explain").status_code == 404
    assert Job.objects.count() == 1


def test_the_answer_is_drawn_and_said(
    web: Client,
    succeeded: Callable[..., Job],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    job = succeeded()
    explained(job)
    with django_assert_max_num_queries(10):
        text = page(web, job)
    assert text.count('class="heat-cell"') == 9
    assert 'viewBox="0 0 133.33 100.00"' in text
    assert "here in the picture: upper left." in text
    assert "the score fell from 87.0% to 31.0%." in text
    assert 'role="switch"' in text
    web.cookies["django_language"] = "es"
    text = page(web, job)
    assert 'viewBox="0 0 133.33 100.00"' in text
    assert "arriba a la izquierda" in text


def test_it_arrives_by_polling(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded()
    explained(job)
    path = f"/jobs/{job.id}/derived"
    with CaptureQueriesContext(connection) as queries:
        assert web.get(path, headers=showing("succeeded")).status_code == 304
    assert not [query for query in queries if "output" in query["sql"]]
    text = web.get(path, headers=showing("queued")).text
    assert '<div class="heat" id="heat" hx-swap-oob="true">' in text
    assert "<html" not in text


def test_a_failure_to_explain_can_be_repeated(
    web: Client, succeeded: Callable[..., Job], broker: Broker
) -> None:
    job = succeeded(picture=picture())
    explained(job, finished="failed", output=None, error_code="timeout")
    assert "It took too long." in page(web, job)
    web.post(f"/jobs/{job.id}/explain", {"label": "n07920052"})
    assert Job.objects.filter(service="explain").count() == 2


def test_an_explanation_has_no_page_and_is_in_no_list(
    web: Client, succeeded: Callable[..., Job]
) -> None:
    job = succeeded()
    why = explained(job)
    assert web.get(f"/jobs/{why.id}/")["Location"] == f"/jobs/{job.id}/"
    assert str(why.id) not in web.get("/jobs/").text


def test_an_explanation_goes_with_its_job(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded()
    explained(job)
    web.post(f"/jobs/{job.id}/delete")
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["rerun", "explain", "feedback", "links"])
def test_only_a_result_can_be_worked_with(web: Client, user: User, name: str) -> None:
    job = JobFactory.create(user=user, service="classify")
    fields = {"model": "fine", "label": "n07920052", "answer": "right", "days": "1"}
    assert web.post(f"/jobs/{job.id}/{name}", fields).status_code == 404
    assert Job.objects.filter(status=Status.QUEUED).count() == 1


def test_a_job_of_another_service_has_a_page(web: Client, user: User) -> None:
    batch = BatchFactory.create(user=user)
    job = JobFactory.create(user=user, batch=batch, service="null")
    assert "Waiting in line" in page(web, job)
