"""Webhooks: which ends of jobs are told, and to whom."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.api.receiver import receiver
from tests.api.webhooks import TARGET, pending, send
from tests.factories import JobFactory, UserFactory
from tests.web.conftest import upload
from worker import sweep
from worker.attempts import job_claim, job_fail, job_finish
from worker.models import Job, Webhook, WebhookDelivery
from worker.predictors import Result
from worker.services import job_cancel, job_delete
from worker.webhooks import EVENTS, webhook_create


def events() -> list[str]:
    return list(WebhookDelivery.objects.order_by("id").values_list("event", flat=True))


def running(user: User) -> Job:
    job = JobFactory.create(user=user)
    claimed = job_claim(job_id=job.id, attempt=0, worker="w")
    assert claimed is not None
    return claimed


def test_each_end_of_a_job_is_told_once(user: User, webhook: Webhook) -> None:
    job_finish(job=running(user), result=Result(output={}, display=b""))
    job_fail(job=running(user), code="internal")
    canceled = running(user)
    job_cancel(job=canceled)
    assert not job_fail(job=canceled, code="internal")
    JobFactory.create(user=user, expires_at=timezone.now() - timedelta(1))
    sweep.expire_overdue()
    lost = running(user)
    Job.objects.filter(id=lost.id).update(attempts=3, lease_expires_at="2000-01-01T00:00:00Z")
    sweep.give_up_lost()

    assert events() == [
        "job.succeeded",
        "job.failed",
        "job.canceled",
        "job.expired",
        "job.failed",
    ]


def test_a_picture_that_a_batch_does_not_take_is_told(api: Client, webhook: Webhook) -> None:
    api.post("/api/v1/batches", {"service": "null", "images": [upload(content=b"x"), upload()]})
    assert events() == ["job.failed"]


def test_only_those_concerned_are_told(user: User) -> None:
    webhook_create(user=UserFactory.create(), url=TARGET, events=EVENTS)
    webhook_create(user=user, url=TARGET, events=["job.failed"])
    off = webhook_create(user=user, url=TARGET, events=EVENTS)
    Webhook.objects.filter(id=off.id).update(disabled_at=timezone.now())
    job_cancel(job=JobFactory.create(user=user))
    assert events() == []


def test_jobs_of_hidden_services_are_not_told(user: User, webhook: Webhook) -> None:
    asked, hidden = (JobFactory.create(user=user, service=name) for name in ("null", "explain"))
    job_cancel(job=hidden)
    Job.objects.filter(id=asked.id).update(expires_at=timezone.now() - timedelta(1))
    JobFactory.create(user=user, service="explain", expires_at=timezone.now() - timedelta(1))
    assert sweep.expire_overdue() == 2
    assert events() == ["job.expired"]


def test_a_deleted_job_is_not_told(user: User, webhook: Webhook) -> None:
    delivery = pending(webhook)
    with receiver() as (port, _):
        send(delivery, port)
    assert delivery.job is not None
    job_delete(job=delivery.job)
    assert not WebhookDelivery.objects.exists()
