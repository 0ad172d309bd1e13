"""The Python client, blocking and awaiting, against the real site."""

import io
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.tokens import token_create
from tests.clients.conftest import MODEL, Kind, Server
from tests.conftest import picture
from vitrina import (
    JobEndedError,
    NotYetError,
    Picture,
    ProblemError,
    TooLargeError,
    UnreachableError,
    VitrinaError,
)
from worker.attempts import job_claim
from worker.models import Job, Webhook

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(120)]


def test_a_job_from_beginning_to_end(kind: Kind, working: Server, secret: str) -> None:
    client, do = kind.client(working.url, secret), kind.do
    job = do(client.create_job(Picture(picture(), name="a.jpg"), service="null", wait=30))
    assert (job.status, job.output["answer"], job.image.name) == ("succeeded", 42, "a.jpg")
    assert job.timings.total_ms > 0
    assert do(client.job(job)) == do(client.job(job.id)) == do(client.wait(job)) == job
    assert [event.job for event in do(client.events(job))] == [job]
    with pytest.raises(ProblemError) as refused:
        do(client.cancel(job))
    assert refused.value.code == "conflict"
    do(client.delete(job))
    do(client.delete(job))
    with pytest.raises(ProblemError) as gone:
        do(client.job(job))
    assert (gone.value.status, gone.value.code) == (410, "gone")


def test_every_kind_of_picture(kind: Kind, working: Server, secret: str, tmp_path: Path) -> None:
    client, do = kind.client(working.url, secret), kind.do
    path = tmp_path / "b.jpg"
    path.write_bytes(picture())
    named = io.BytesIO(picture())
    named.name = "c.jpg"
    with path.open("rb") as opened:
        sources: list[Any] = [path, str(path), picture(), opened, named]
        jobs = [do(client.create_job(source, service="null")) for source in sources]
    names = [job.image.name for job in jobs]
    assert names == ["b.jpg", "b.jpg", "picture", "b.jpg", "c.jpg"]
    with pytest.raises(ProblemError, match="not opened") as refused:
        do(client.create_job("https://127.0.0.1/a.jpg", service="null"))
    assert refused.value.code == "url_refused"
    with pytest.raises(TooLargeError, match="30,000,000"):
        do(client.create_job(bytes(30_000_000), service="null"))
    large = picture() + bytes(5_000_000)
    assert do(client.create_job(large, service="null", wait=30)).status == "succeeded"
    with pytest.raises(FileNotFoundError):
        do(client.create_job(tmp_path / "nowhere.jpg", service="null"))


def test_lists_come_in_pages(kind: Kind, server: Server, secret: str) -> None:
    client, do = kind.client(server.url, secret), kind.do
    made = [do(client.create_job(picture(), service="null")).id for _ in range(5)]
    do(client.cancel(made[0]))
    assert job_claim(job_id=uuid.UUID(made[1]), attempt=0, worker="w") is not None
    assert do(client.cancel(made[1])).status == "canceled"
    assert [job.id for job in do(client.jobs(page_size=2))] == made[::-1]
    ended = ["canceled", "failed"]
    assert [job.id for job in do(client.jobs(status=ended, page_size=1))] == made[1::-1]
    both = do(client.jobs(status=["queued", "canceled"], page_size=2, service="null"))
    assert len(both) == 5
    tomorrow = datetime.now(UTC) + timedelta(1)
    assert not do(client.jobs(created_after=tomorrow))
    assert len(do(client.jobs(created_before=tomorrow))) == 5
    with pytest.raises(NotYetError):
        do(client.wait(made[2], timeout=1))
    with pytest.raises(JobEndedError, match="queued"):
        _ = do(client.job(made[2])).predictions


def test_a_batch(kind: Kind, working: Server, secret: str) -> None:
    client, do = kind.client(working.url, secret), kind.do
    pictures = [Picture(picture(), "good.jpg"), Picture(b"no picture", "bad.jpg")]
    batch = do(client.create_batch(pictures, service="null", lane="bulk"))
    batch = do(client.wait_batch(batch, timeout=60))
    assert (batch.total, batch.counts["succeeded"], batch.counts["failed"]) == (2, 1, 1)
    jobs = {job.image.name: job for job in do(client.jobs(batch=batch))}
    assert jobs["good.jpg"].status == "succeeded"
    assert jobs["bad.jpg"].error.code == "unsupported_type"
    assert do(client.batch(batch.id)) == batch


def test_the_account(kind: Kind, server: Server, user: User, secret: str) -> None:
    client, do = kind.client(server.url, secret), kind.do
    me = do(client.me())
    assert me.email == user.email
    assert "jobs:write" in me.scopes
    assert do(client.usage()).used.jobs_today == 0

    soon = datetime.now(UTC) + timedelta(days=1)
    token = do(client.create_token("Second", scopes=["jobs:read"], expires_at=soon))
    assert token.secret.startswith("vit_")
    assert token.secret not in repr(token)
    assert secret not in repr(client) + repr(vars(client))
    assert [each.name for each in do(client.tokens(page_size=1))] == ["Second", "test"]
    assert do(client.token(token)).scopes == ("jobs:read",)
    do(client.revoke_token(token))
    assert [each.name for each in do(client.tokens())] == ["test"]

    webhook = do(client.create_webhook("https://example.com/hook", events=["job.failed"]))
    assert webhook.secret not in repr(webhook)
    assert do(client.renew_webhook_secret(webhook)).secret != webhook.secret
    changed = do(client.update_webhook(webhook, enabled=False, description="off"))
    assert (changed.enabled, changed.description) == (False, "off")
    assert do(client.webhooks()) == [do(client.webhook(webhook))]
    with pytest.raises(ProblemError):
        do(client.test_webhook(webhook))
    do(client.update_webhook(webhook, enabled=True))
    delivery = do(client.test_webhook(webhook))
    assert [each.id for each in do(client.deliveries(webhook))] == [delivery.id]
    with pytest.raises(ProblemError):
        do(client.replay_delivery(delivery))
    do(client.delete_webhook(webhook))
    assert not Webhook.objects.exists()


def test_problems_say_everything(kind: Kind, server: Server, user: User, secret: str) -> None:
    do = kind.do
    client = kind.client(server.url, secret, lang="es")
    with pytest.raises(ProblemError) as wrong:
        do(client.create_job(picture(), top_k=1000))
    assert (wrong.value.status, wrong.value.code) == (400, "invalid")
    assert [error.pointer for error in wrong.value.errors] == ["#/top_k"]
    assert wrong.value.request_id
    assert "top_k: " in str(wrong.value)
    with pytest.raises(ProblemError, match="ha caducado"):
        do(kind.client(server.url, "vit_wrong", lang="es").me())
    old = datetime.now(UTC) - timedelta(seconds=1)
    _, expired_secret = token_create(user=user, name="old", expires_at=old)
    with pytest.raises(ProblemError) as expired:
        do(kind.client(server.url, expired_secret).me())
    assert expired.value.code == "invalid_token"
    _, reader = token_create(user=user, name="reader", scopes=["jobs:read"])
    with pytest.raises(ProblemError) as scope:
        do(kind.client(server.url, reader).create_job(picture(), service="null"))
    assert scope.value.code == "insufficient_scope"
    with pytest.raises(UnreachableError, match="does not answer"):
        do(kind.client("http://127.0.0.1:1", secret, retries=1).me())
    for url in (None, "vitrina.example", "http://host:port", "https://"):
        with pytest.raises(VitrinaError, match="VITRINA_URL"):
            kind.client(url)
    with pytest.raises(VitrinaError, match="characters"):
        kind.client(server.url, "vit_ñ")
    with pytest.raises(ValueError, match="not an id"):
        do(client.job("../me"))
    assert not Job.objects.exists()


@pytest.mark.model
def test_it_classifies(kind: Kind, classifying: Server, secret: str, coffee: Path) -> None:
    client, do = kind.client(classifying.url, secret, lang="es"), kind.do
    job = do(client.classify(coffee, top_k=2, timeout=60))
    assert job.predictions[0].name == "café expreso"
    assert len(job.predictions) == 2
    assert do(client.job(job, lang="en")).predictions[0].name == "espresso"
    assert do(client.image(job)).startswith(b"\xff\xd8")
    assert do(client.feedback(job, correct=True)).correct
    assert do(client.feedback(job, label="n07930864")).label == "n07930864"
    do(client.clear_feedback(job))
    assert [model.name for model in do(client.models())] == [MODEL]
    assert do(client.service("classify")) in do(client.services())
    assert do(client.labels("espresso", lang="en"))[0].id == job.predictions[0].id
    assert do(client.label("n07920052", lang="es")).name == "café expreso"
    assert len(do(client.labels())) == 1000
