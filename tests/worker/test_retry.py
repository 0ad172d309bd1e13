"""Trying a failed job again: a new job, as a finished one never changes."""

import html
import io
import re

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from tests.conftest import Broker, picture
from tests.factories import JobFactory, UserFactory
from worker import attempts, services
from worker.failures import message
from worker.models import Job, Status

pytestmark = pytest.mark.django_db


def failed(code: str = "worker_lost") -> Job:
    job = services.job_submit(
        user=UserFactory.create(),
        service="null",
        image=io.BytesIO(picture()),
        name="a.jpg",
        model="null",
        parameters={"top_k": 3},
    )
    claimed = attempts.job_claim(job_id=job.id, attempt=0, worker="a")
    assert claimed is not None
    assert attempts.job_fail(job=claimed, code=code)
    claimed.refresh_from_db()
    return claimed


def test_it_makes_a_new_job_with_a_picture_of_its_own(broker: Broker) -> None:
    job = failed()

    again = services.job_retry(job=job)

    assert again is not None
    assert (again.status, again.attempts, again.parameters) == (Status.QUEUED, 0, {"top_k": 3})
    assert again.user == job.user
    assert again.input.name != job.input.name
    services.job_delete(job=job)
    assert default_storage.exists(str(again.input.name))


def test_it_happens_once(broker: Broker) -> None:
    job = failed()

    assert services.job_retry(job=job) is not None
    assert services.job_retry(job=job) is None
    assert Job.objects.count() == 2


@pytest.mark.parametrize("status", ["succeeded", "canceled", "expired"])
def test_only_a_failed_job_is_retried(status: str) -> None:
    assert services.job_retry(job=JobFactory.create(finished=status)) is None


def test_without_its_picture_it_is_not_retried() -> None:
    job = failed()
    default_storage.delete(str(job.input.name))

    assert services.job_retry(job=job) is None


def test_an_admin_retries_what_failed_on_our_side(broker: Broker, client: Client) -> None:
    dead, picture_fault = failed(), failed("broken_image")
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    url = reverse("admin:worker_job_changelist")

    page = client.get(url, {"dead": "yes"})
    assert str(dead.id) in page.content.decode()
    assert str(picture_fault.id) not in page.content.decode()
    client.post(url, {"action": "retry", "_selected_action": [str(dead.id)]})

    dead.refresh_from_db()
    assert dead.retry is not None
    assert str(dead.id) not in client.get(url, {"dead": "yes"}).content.decode()


@pytest.mark.timeout(20)  # three pages of the admin
def test_an_admin_sees_what_of_each_dead_job_and_retries_all(
    broker: Broker, client: Client
) -> None:
    jobs = [failed() for _ in range(3)]
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    url = reverse("admin:worker_job_changelist")

    table = html.unescape(client.get(url, {"dead": "yes"}).text)
    table = table.partition("<tbody")[2].partition("</table>")[0]
    assert table.count("a.jpg") == table.count(str(message("worker_lost"))) == len(jobs)
    assert len(re.findall(r"field-attempts[^>]*>\s*1\s*<", table)) == len(jobs)
    one = client.get(reverse("admin:worker_job_change", args=[jobs[0].id])).content.decode()
    assert str(message("worker_lost")) in html.unescape(one)
    client.post(
        f"{url}?dead=yes",
        {"action": "retry", "_selected_action": [str(jobs[0].id)], "select_across": "1"},
    )

    assert Job.objects.filter(status=Status.QUEUED).count() == len(jobs)


def test_a_user_cannot_reach_the_admin(client: Client) -> None:
    client.force_login(UserFactory.create())

    assert client.get(reverse("admin:worker_job_changelist")).status_code == 302
