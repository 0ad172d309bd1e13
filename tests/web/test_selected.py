"""Things done to many jobs at once."""

import csv
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from classify.exports import COLUMNS, entry_name
from classify.models import Feedback, Model
from classify.services import feedback_set
from classify.views import selected
from tests.conftest import Broker, picture
from tests.factories import JobFactory, UserFactory
from tests.web.test_history import tea
from tests.web.test_pages import check
from worker.models import Batch, Job

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]


@pytest.fixture
def two(succeeded: MakeJob) -> list[Job]:
    """An espresso and a teacup."""
    return [succeeded(input_name="photo-0.jpg"), succeeded(**tea(1))]


def post(web: Client, action: str, jobs: list[Job] | None = None, **fields: Any) -> Any:
    ids = [str(job.id) for job in jobs or []]
    return web.post("/jobs/selected/", {"action": action, "job": ids, **fields})


def table(response: Any) -> list[dict[str, str]]:
    text = response.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


# --- Deleting -----------------------------------------------------------------


def test_it_asks_before_it_deletes(web: Client, two: list[Job], succeeded: MakeJob) -> None:
    kept = succeeded()
    page = post(web, "delete", two, query="q=x")
    assert "Delete 2 jobs?" in page.text
    check(page.text)
    assert Job.objects.count() == 3
    response = post(web, "delete", two, sure="1", query="state=succeeded")
    assert response["Location"] == "/jobs/?state=succeeded"
    assert list(Job.objects.all()) == [kept]
    assert not two[0].display.storage.exists(str(two[0].display.name))
    assert "2 jobs are deleted." in web.get("/jobs/").text


def test_it_deletes_all_that_were_found(web: Client, two: list[Job]) -> None:
    assert "Delete 1 job?" in post(web, "delete", all="1", query="q=taza").text
    post(web, "delete", all="1", query="q=taza", sure="1")
    assert list(Job.objects.all()) == [two[0]]


def test_it_deletes_so_many_at_a_time(
    web: Client, two: list[Job], succeeded: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selected, "AT_ONCE_MAX", 2)
    succeeded()
    assert "These are the first 2 of them" in post(web, "delete", all="1").text
    post(web, "delete", all="1", sure="1")
    assert Job.objects.count() == 1


# --- Asking another model ---------------------------------------------------------


def test_it_asks_another_model(
    web: Client, models: list[Model], succeeded: MakeJob, broker: Broker
) -> None:
    jobs = [succeeded(picture=picture()) for _ in range(2)]
    page = post(web, "rerun", jobs)
    assert "Ask another model about 2 pictures?" in page.text
    assert "<option>old</option>" not in page.text
    response = post(web, "rerun", jobs, sure="1", model="fast")
    batch = Batch.objects.get()
    assert response["Location"] == f"/batches/{batch.id}/"
    derived = batch.jobs.order_by("source_id")
    assert [(job.model, job.source) for job in derived] == [("fast", job) for job in jobs]


def test_refusals_are_said(
    web: Client, models: list[Model], succeeded: MakeJob, settings: Settings
) -> None:
    settings.QUOTA_JOBS_PER_DAY = 0
    job = succeeded(picture=picture())
    response = post(web, "rerun", [job], sure="1", model="fast")
    assert response["Location"] == "/jobs/"
    assert "You have reached the number of pictures for today." in web.get("/jobs/").text


def test_only_a_model_on_offer_is_asked(
    web: Client, models: list[Model], succeeded: MakeJob
) -> None:
    job = succeeded(picture=picture())
    assert post(web, "rerun", [job], sure="1", model="old").status_code == 404


# --- Correcting ---------------------------------------------------------------------


def test_it_corrects(web: Client, two: list[Job], user: User) -> None:
    failed = JobFactory.create(user=user, service="classify", finished="failed")
    page = post(web, "correct", [*two, failed])
    assert "What do 2 pictures show?" in page.text
    check(page.text)
    page = post(web, "correct", two, q="taza")
    assert 'value="n07930864"' in page.text
    post(web, "correct", two, label="n07930864")
    notes = dict(Feedback.objects.values_list("job", "correct"))
    assert notes == {two[0].id: False, two[1].id: True}
    assert Feedback.objects.get(job=two[0]).label_id == "n07930864"


@pytest.mark.parametrize("answer", ["right", "wrong"])
def test_it_notes_that_all_are_right_or_wrong(web: Client, two: list[Job], answer: str) -> None:
    post(web, "correct", two, answer=answer)
    assert set(Feedback.objects.values_list("correct", flat=True)) == {answer == "right"}


def test_an_unknown_class_is_not_found(web: Client, two: list[Job]) -> None:
    assert post(web, "correct", two, label="n00000000").status_code == 404
    assert not Feedback.objects.exists()


# --- Exporting -----------------------------------------------------------------------


def test_a_table(web: Client, two: list[Job], user: User) -> None:
    failed = JobFactory.create(
        user=user, service="classify", finished="failed", error_code="too_small"
    )
    feedback_set(job=two[0], correct=True)
    response = post(web, "csv", [*two, failed])
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="vitrina.csv"'
    rows = table(response)
    assert tuple(rows[0]) == COLUMNS
    assert [row["state"] for row in rows] == ["failed", "succeeded", "succeeded"]
    assert rows[0]["reason"].startswith("The picture is too small")
    assert (rows[1]["class"], rows[1]["concept"], rows[1]["score"]) == ("teacup", "drink", "0.9")
    assert (rows[2]["class_id"], rows[2]["correct"]) == ("n07920052", "True")


def test_a_table_in_spanish(web: Client, two: list[Job]) -> None:
    web.cookies["django_language"] = "es"
    assert [row["class"] for row in table(post(web, "csv", two))] == ["taza de té", "café expreso"]


def test_all_that_were_found_are_exported(web: Client, two: list[Job]) -> None:
    assert len(table(post(web, "csv", all="1"))) == 2
    assert len(table(post(web, "csv", all="1", query="q=taza&sort=least"))) == 1


def test_data(web: Client, two: list[Job]) -> None:
    data = json.loads(post(web, "json", two).getvalue())
    assert [record["id"] for record in data] == [str(two[1].id), str(two[0].id)]
    assert data[1]["output"]["predictions"][0]["name"] == "espresso"
    assert json.loads(post(web, "json", []).getvalue()) == []


def test_pictures_and_results(web: Client, two: list[Job]) -> None:
    two[1].display.storage.delete(str(two[1].display.name))
    content = post(web, "zip", two).getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["pictures/0002-photo-0.jpg", "results.csv", "results.json"]
        assert archive.read("pictures/0002-photo-0.jpg") == picture(colour="red")
        assert len(json.loads(archive.read("results.json"))) == 2
        assert archive.read("results.csv").startswith("\ufeffid,".encode())


@pytest.mark.parametrize("kind", ["csv", "json", "zip"])
def test_exports_are_streamed_with_few_queries(
    web: Client,
    succeeded: MakeJob,
    kind: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(12):
        succeeded()
    with django_assert_max_num_queries(13):
        response = post(web, kind, all="1")
        assert response.streaming
        response.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "=cmd|' /C calc'!A0.jpg",
        "+1+1.jpg",
        "-2+3.jpg",
        "@SUM(1+1).jpg",
        "\uff1d1+1.jpg",
    ],
)
def test_a_file_name_is_no_formula(web: Client, succeeded: MakeJob, name: str) -> None:
    job = succeeded(input_name=name)
    assert table(post(web, "csv", [job]))[0]["file"] == f"'{name}"


def test_a_table_survives_quotes_and_commas(web: Client, succeeded: MakeJob) -> None:
    job = succeeded(input_name='a",=1;\u2028b.jpg')
    assert table(post(web, "csv", [job]))[0]["file"] == 'a",=1;\u2028b.jpg'


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("cup.jpg", "pictures/0001-cup.jpg"),
        ("../../etc/passwd", "pictures/0001-passwd.jpg"),
        ("..\\..\\win.ini", "pictures/0001-______win.jpg"),
        ("C:evil.jpg", "pictures/0001-C_evil.jpg"),
        ("x.jpg.php", "pictures/0001-x_jpg.jpg"),
        ("", "pictures/0001-picture.jpg"),
        ("...", "pictures/0001-___.jpg"),
        (" .jpg", "pictures/0001-picture.jpg"),
        ("a\u202egpj.exe", "pictures/0001-a_gpj.jpg"),
        ("<img onerror>.jpg", "pictures/0001-_img onerror_.jpg"),
        ("café ☕.jpg", "pictures/0001-café _.jpg"),
        ("a" * 300 + ".jpg", f"pictures/0001-{'a' * 80}.jpg"),
    ],
)
def test_an_entry_has_a_harmless_name(name: str, entry: str) -> None:
    assert entry_name(Job(input_name=name), 1) == entry


# --- Who and what ------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["delete", "rerun", "correct", "csv", "json", "zip"])
def test_jobs_of_others_are_left_alone(
    web: Client, models: list[Model], succeeded: MakeJob, action: str
) -> None:
    other = succeeded(user=UserFactory.create(), input_name="secret.jpg", picture=picture())
    for fields in ({"all": "1"}, {}):
        response = post(web, action, [other], sure="1", model="fast", label="n07930864", **fields)
        assert b"secret" not in response.getvalue()
    assert Job.objects.count() == 1
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("action", ["delete", "rerun", "correct"])
def test_nothing_selected_says_so(web: Client, two: list[Job], action: str) -> None:
    assert post(web, action).headers["Location"] == "/jobs/"
    assert "Tick some pictures first." in web.get("/jobs/").text


@pytest.mark.parametrize("action", ["", "strange", "__class__"])
def test_an_unknown_action_is_refused(web: Client, two: list[Job], action: str) -> None:
    assert post(web, action, two).status_code == 400


def test_what_is_no_id_is_refused(web: Client, two: list[Job]) -> None:
    response = web.post("/jobs/selected/", {"action": "delete", "job": "1", "sure": "1"})
    assert response.status_code == 400
    response = post(web, "delete", sure="1", job=str(uuid.uuid4()))
    assert Job.objects.count() == 2


def test_it_leads_nowhere_else(web: Client, two: list[Job]) -> None:
    response = post(web, "delete", two, sure="1", query="//evil.example/\r\nX: 1")
    assert response["Location"].startswith("/jobs/?")
    assert "\n" not in response["Location"]


def test_who_comes_back_to_the_question_finds_the_list(web: Client) -> None:
    assert web.get("/jobs/selected/")["Location"] == "/jobs/"


def test_it_needs_a_login_a_post_and_a_token(web: Client, user: User, two: list[Job]) -> None:
    assert post(Client(), "delete", two, sure="1")["Location"].startswith("/accounts/login/")
    assert web.put("/jobs/selected/").status_code == 405
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    assert post(browser, "delete", two, sure="1").status_code == 403
    assert Job.objects.count() == 2
