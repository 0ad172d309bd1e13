"""New jobs on the pictures of old ones."""

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from tests.conftest import Broker, picture
from tests.factories import JobFactory, UserFactory
from worker import services
from worker.derived import job_derive, jobs_rerun
from worker.failures import JobRefusedError
from worker.models import Batch, Job, Lane, Status, Usage
from worker.selectors import jobs_derived, jobs_listed_for, jobs_visible_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    return JobFactory.create(
        finished="succeeded",
        picture=picture(),
        input_bytes=len(picture()),
        parameters={"top_k": 3},
    )


def derive(job: Job, **fields: object) -> Job:
    values = {"service": "null", "model": "other", "parameters": {"top_k": 3}} | fields
    return job_derive(user=job.user, job=job, **values)  # type: ignore[arg-type]


def test_it_has_a_picture_of_its_own(broker: Broker, job: Job) -> None:
    derived = derive(job)

    assert (derived.status, derived.source, derived.model) == (Status.QUEUED, job, "other")
    assert (derived.user, derived.input_name) == (job.user, job.input_name)
    assert derived.input.name != job.input.name
    services.job_delete(job=job)
    assert default_storage.exists(str(derived.input.name))
    derived.refresh_from_db()
    assert derived.source is None


def test_all_of_a_service_have_the_first_as_source(broker: Broker, job: Job) -> None:
    second = derive(job)
    third = derive(second, model="third")
    about_second = derive(second, service="explain")

    assert third.source == job
    assert about_second.source == second
    assert set(jobs_derived(job)) == {second, third}
    assert set(jobs_derived(second)) == {job, third, about_second}
    assert set(jobs_derived(third)) == {job, second}


def test_others_jobs_are_no_family(broker: Broker, job: Job) -> None:
    JobFactory.create(source=job)

    assert not jobs_derived(job).exists()


def test_hidden_jobs_are_in_no_list_and_go_with_theirs(broker: Broker, job: Job) -> None:
    hidden = derive(job, service="explain")

    assert hidden in jobs_visible_to(job.user)
    assert hidden not in jobs_listed_for(job.user)
    services.job_delete(job=job)
    assert not Job.objects.exists()
    assert not default_storage.exists(str(hidden.input.name))
    assert all(usage.stored_bytes == 0 for usage in Usage.objects.filter(stored_bytes__gt=0))


def test_trying_again_keeps_what_a_job_is_about(broker: Broker, job: Job) -> None:
    hidden = derive(job, service="explain")
    Job.objects.filter(id=hidden.id).update(
        status=Status.FAILED, error_code="internal", finished_at=hidden.created_at
    )
    hidden.refresh_from_db()

    again = services.job_retry(job=hidden)

    assert again is not None
    assert again.source == job


def test_quotas_hold(settings: Settings, broker: Broker, job: Job) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 0

    with pytest.raises(JobRefusedError) as refused:
        derive(job)

    assert refused.value.code == "too_many_jobs"
    assert Job.objects.count() == 1


@pytest.mark.parametrize("lost", ["row", "file"])
def test_without_the_picture_there_is_none(broker: Broker, job: Job, lost: str) -> None:
    default_storage.delete(str(job.input.name))
    if lost == "row":
        job.input = ""

    with pytest.raises(JobRefusedError) as refused:
        derive(job)

    assert refused.value.code == "input_missing"
    assert Job.objects.count() == 1


def test_several_make_a_batch(broker: Broker, job: Job) -> None:
    lost = JobFactory.create(user=job.user, finished="succeeded")

    batch = jobs_rerun(user=job.user, jobs=[lost, job], model="other")

    derived = batch.jobs.get()
    assert (derived.source, derived.model, derived.lane) == (job, "other", Lane.BULK)
    assert derived.parameters == {"top_k": 3}


def test_no_empty_batch_is_left(broker: Broker) -> None:
    lost = JobFactory.create(user=UserFactory.create(), finished="succeeded")

    with pytest.raises(JobRefusedError):
        jobs_rerun(user=lost.user, jobs=[lost], model="other")

    assert not Batch.objects.exists()
