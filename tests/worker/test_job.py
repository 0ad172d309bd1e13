"""The life of a job, one step at a time."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.conftest import picture
from tests.factories import JobFactory, UserFactory
from worker import attempts, services
from worker.failures import JobRefusedError
from worker.models import Batch, Job, Lane, Status
from worker.predictors import Result

pytestmark = pytest.mark.django_db


def submit(**fields: Any) -> Job:
    defaults: dict[str, Any] = {
        "user": UserFactory.create(),
        "service": "null",
        "image": io.BytesIO(picture()),
        "name": "cat.jpg",
        "model": "null",
        "parameters": {"top_k": 5},
    }
    return services.job_submit(**defaults | fields)


def stored_files() -> list[str]:
    root = settings.SCRATCH / "media"
    return [str(path) for path in root.rglob("*") if path.is_file()]


def result(answer: object = 42) -> Result:
    return Result(
        output={"answer": answer}, display=picture(), thumbnail=picture(), label="n1", score=0.5
    )


def test_it_stores_picture_and_row() -> None:
    job = Job.objects.get(id=submit().id)

    assert job.status == Status.QUEUED
    assert (job.input_width, job.input_height, job.input_format) == (64, 48, "JPEG")
    with job.input.open() as stored:
        assert stored.read() == picture()
    assert job.input_name == "cat.jpg"
    assert job.expires_at > timezone.now() + timedelta(hours=23)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xff", "unsupported_type"),
        (b"<svg onload=alert(1)>", "unsupported_type"),
        (b"GIF89a" + bytes(100), "unsupported_type"),
        (picture((4, 100)), "too_small"),
        (picture() + bytes(settings.UPLOAD_MAX_BYTES), "too_large"),
    ],
)
def test_it_stores_nothing_of_what_it_refuses(content: bytes, code: str) -> None:
    before = stored_files()

    with pytest.raises(JobRefusedError) as refusal:
        submit(image=io.BytesIO(content))

    assert refusal.value.code == code
    assert not Job.objects.exists()
    assert stored_files() == before


def test_it_leaves_no_file_when_the_row_cannot_be_written() -> None:
    before = stored_files()

    with pytest.raises(TypeError, match="not JSON serializable"):
        submit(parameters={"top_k": object()})

    assert stored_files() == before


def test_it_counts_unfinished_jobs_against_the_quota(settings: Settings) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 1
    user = UserFactory.create()
    submit(user=user)

    with pytest.raises(JobRefusedError) as refusal:
        submit(user=user)

    assert (refusal.value.code, refusal.value.retry_after) == ("too_many_jobs", 60)
    assert submit(user=UserFactory.create()).status == Status.QUEUED


def test_it_says_that_the_site_is_full(settings: Settings) -> None:
    settings.QUEUE_MAX_UNFINISHED_JOBS = 1
    submit()

    with pytest.raises(JobRefusedError) as refusal:
        submit()

    assert refusal.value.code == "queue_full"


def test_a_batch_tells_which_picture_was_refused() -> None:
    batch = services.jobs_submit(
        user=UserFactory.create(),
        service="null",
        images=[("good.jpg", io.BytesIO(picture())), ("bad.jpg", io.BytesIO(b"text"))],
        model="null",
        parameters={},
    )

    assert list(batch.jobs.order_by("id").values_list("input_name", "status", "error_code")) == [
        ("good.jpg", "queued", ""),
        ("bad.jpg", "failed", "unsupported_type"),
    ]


def test_a_large_batch_goes_to_the_bulk_lane() -> None:
    images = [("a.jpg", io.BytesIO(picture())) for _ in range(settings.INTERACTIVE_LIMIT + 1)]

    batch = services.jobs_submit(
        user=UserFactory.create(), service="null", images=images, model="null", parameters={}
    )

    assert set(batch.jobs.values_list("lane", flat=True)) == {Lane.BULK}
    assert Batch.objects.count() == 1


def test_only_the_first_claim_succeeds() -> None:
    job = JobFactory.create()

    first = attempts.job_claim(job_id=job.id, attempt=0, worker="a")
    second = attempts.job_claim(job_id=job.id, attempt=0, worker="b")

    assert first is not None
    assert (first.status, first.attempts, first.worker) == (Status.RUNNING, 1, "a")
    assert first.lease_expires_at is not None
    assert second is None


def test_an_old_message_claims_nothing_after_a_retry() -> None:
    job = JobFactory.create(attempts=1)

    assert attempts.job_claim(job_id=job.id, attempt=0, worker="a") is None
    assert attempts.job_claim(job_id=job.id, attempt=1, worker="a") is not None


def test_a_late_result_changes_nothing() -> None:
    job = JobFactory.create()
    zombie = attempts.job_claim(job_id=job.id, attempt=0, worker="zombie")
    Job.objects.filter(id=job.id).update(status=Status.QUEUED, lease_expires_at=None)
    successor = attempts.job_claim(job_id=job.id, attempt=1, worker="successor")
    assert zombie is not None
    assert successor is not None

    assert not attempts.job_finish(job=zombie, result=result("wrong"))
    assert attempts.job_finish(job=successor, result=result("right"))
    assert not attempts.job_finish(job=zombie, result=result("wrong"))
    assert not attempts.job_fail(job=zombie, code="internal")

    job.refresh_from_db()
    assert job.output == {"answer": "right"}
    assert default_storage.exists(str(job.display.name))
    assert default_storage.exists(str(job.thumbnail.name))


def test_the_end_of_a_job_tells_whether_others_of_its_line_wait() -> None:
    user = UserFactory.create()
    for _ in range(2):
        JobFactory.create(user=user, published_at=timezone.now())
    JobFactory.create()
    JobFactory.create(user=user, lane=Lane.BULK)
    JobFactory.create(user=user, finished="canceled")

    assert end_of(user, well=True) == attempts.Ended.LAST
    JobFactory.create(user=user)
    assert end_of(user, well=False) == attempts.Ended.FOLLOWED


def end_of(user: User, *, well: bool) -> attempts.Ended:
    """Run the oldest published job of a user."""
    job = Job.objects.filter(user=user, status=Status.QUEUED, published_at__isnull=False).first()
    assert job is not None
    claimed = attempts.job_claim(job_id=job.id, attempt=0, worker="a")
    assert claimed is not None
    if well:
        return attempts.job_finish(job=claimed, result=result())
    return attempts.job_fail(job=claimed, code="internal")


def test_a_late_result_leaves_no_picture_behind() -> None:
    job = JobFactory.create()
    claimed = attempts.job_claim(job_id=job.id, attempt=0, worker="a")
    assert claimed is not None
    services.job_cancel(job=claimed)
    before = stored_files()

    assert not attempts.job_finish(job=claimed, result=result())

    assert stored_files() == before


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled", "expired"])
def test_a_finished_job_never_changes(status: str) -> None:
    job = JobFactory.create(finished=status)

    assert services.job_cancel(job=job) is False
    assert not attempts.job_fail(job=job, code="internal")
    assert not attempts.job_finish(job=job, result=result())
    assert attempts.job_claim(job_id=job.id, attempt=job.attempts, worker="a") is None

    job.refresh_from_db()
    assert job.status == status


def test_a_deleted_job_takes_its_pictures_along() -> None:
    job = submit()
    name = str(job.input.name)

    services.job_delete(job=job)

    assert not default_storage.exists(name)
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\cat.jpg", "cat.jpg"),
        ("a\x00b\r\nc.jpg", "abc.jpg"),
        ("x" * 5000, "x" * 200),
        ("\u202egpj.exe", "gpj.exe"),
        ("🐈.jpg", "🐈.jpg"),
        ("", ""),
    ],
)
def test_a_file_name_is_only_shown(name: str, shown: str) -> None:
    job = submit(name=name)

    assert job.input_name == shown
    assert job.input.name == f"jobs/{job.id.hex[-2:]}/{job.id}/input.jpg"
