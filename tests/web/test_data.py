"""The page about one's data: what is kept for how long."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEntry, Retention, User
from tests.conftest import picture
from worker.models import Job
from worker.retention import pictures_delete
from worker.sharing import share_create, share_token

pytestmark = pytest.mark.django_db

PAGE = "/accounts/data/"


def choose(web: Client, retention: str, **more: object) -> int:
    return web.post(PAGE, {"retention": retention, "days": "", **more}).status_code


def test_one_keeps_everything_until_one_chooses(web: Client, user: User) -> None:
    page = web.get(PAGE).text
    assert 'value="keep" id="id_retention_0" checked' in page
    assert choose(web, "pictures", days=30, sure="on") == 302
    user.refresh_from_db()
    assert (user.retention, user.retention_days) == (Retention.PICTURES, 30)
    page = web.get(PAGE).text
    assert 'value="pictures" id="id_retention_1" checked' in page
    assert 'value="30"' in page
    entry = AuditEntry.objects.all()[0]
    assert (entry.event, entry.user) == ("user.retention_changed", user)
    assert entry.details == {"retention": "pictures", "days": 30}


def test_days_count_only_where_they_are_asked_for(web: Client, user: User) -> None:
    assert choose(web, "results", days=30, sure="on") == 302
    user.refresh_from_db()
    assert (user.retention, user.retention_days) == (Retention.RESULTS, None)
    assert choose(web, "keep") == 302
    user.refresh_from_db()
    assert user.retention == Retention.KEEP


@pytest.mark.parametrize(
    "wish",
    [
        {"retention": "pictures", "sure": "on"},
        {"retention": "pictures", "days": "0", "sure": "on"},
        {"retention": "everything", "days": "99999", "sure": "on"},
        {"retention": "everything", "days": "x", "sure": "on"},
        {"retention": "burn", "sure": "on"},
        {"retention": "results"},
    ],
)
def test_what_makes_no_sense_changes_nothing(web: Client, user: User, wish: dict[str, str]) -> None:
    assert web.post(PAGE, wish).status_code == 422
    user.refresh_from_db()
    assert user.retention == Retention.KEEP


def test_what_the_site_allows_at_most_is_said(web: Client, settings: Settings) -> None:
    assert "deletes every picture" not in web.get(PAGE).text
    settings.PICTURES_KEPT_DAYS = 90
    assert "deletes every picture after 90 days" in web.get(PAGE).text


def test_a_picture_that_is_gone_is_told_as_one(
    web: Client, user: User, succeeded: Callable[..., Job], models: object
) -> None:
    job = succeeded(picture=picture(), input_bytes=999)
    share = share_create(job=job, lifetime=timedelta(days=1))
    assert share is not None
    pictures_delete(jobs=[job])

    for page in ("/jobs/?view=gallery", "/jobs/?view=list", f"/jobs/{job.id}/"):
        text = web.get(page).text
        assert "Picture deleted" in text
        assert "espresso" in text
        assert f"/jobs/{job.id}/picture" not in text
        assert f"/jobs/{job.id}/thumbnail" not in text
    text = web.get(f"/jobs/{job.id}/").text
    assert "no other model can look at it" in text
    assert "/explain" not in text
    assert "/download" not in text
    assert "result.json" in text
    assert web.get(f"/jobs/{job.id}/picture").status_code == 404

    shared = Client().get(f"/shared/{share_token(share)}/").text
    assert "Picture deleted" in shared
    assert "espresso" in shared
    assert "picture.jpg" not in shared
    assert Client().get(f"/shared/{share_token(share)}/picture.jpg").status_code == 404
    answer = web.get(f"/api/v1/jobs/{job.id}").json()
    assert answer["image"]["url"] is None
    assert answer["output"]["predictions"]
