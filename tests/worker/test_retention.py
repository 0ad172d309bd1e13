"""What is not to be kept is deleted: pictures, results, for one person or for all."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Retention, User
from accounts.retention import retention_set
from tests.conftest import picture
from tests.factories import BatchFactory, JobFactory, UserFactory
from worker import retention
from worker.chores import chores
from worker.files import folder_of
from worker.models import Batch, ErasedJob, Job, Mark, Share, Status, Usage, first_id_at
from worker.quotas import stored_bytes, usage_add
from worker.retention import retention_carry_out
from worker.sharing import share_create

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["files", "memory"], autouse=True)
def storage(request: pytest.FixtureRequest, settings: Any, tmp_path: Any) -> None:
    """A storage with folders, and one that knows names only, as a bucket does."""
    backends = {
        "files": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}},
        "memory": {"BACKEND": "tests.storages.Bucket"},
    }
    settings.STORAGES = settings.STORAGES | {"default": backends[request.param]}


@pytest.fixture(autouse=True)
def from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_last_looked_at", 0)


def user_who(chose: str, days: int | None = None) -> User:
    user = UserFactory.create()
    retention_set(user=user, retention=chose, days=days)
    return user


def job_of(user: User, *, days: float = 0, **fields: Any) -> Job:
    """Make a job that ended so many days ago, with its three pictures."""
    moment = timezone.now() - timedelta(days=days)
    first = uuid.UUID(int=first_id_at(moment).int | uuid.uuid4().int >> 68)
    values = {"id": first, "finished": "succeeded", "input_bytes": 1_000} | fields
    job = JobFactory.create(user=user, **values)
    Job.objects.filter(id=job.id).update(created_at=moment)
    job.created_at = moment
    for name in ("input", "display", "thumbnail"):
        getattr(job, name).save(f"{folder_of(job)}/{name}.jpg", ContentFile(picture()))
    usage_add(job=job, jobs=1, size=1_000)
    return job


def pictures(job: Job) -> list[str]:
    """Return what is stored in a job's folder."""
    try:
        return sorted(default_storage.listdir(folder_of(job))[1])
    except FileNotFoundError:
        return []


def fresh(job: Job) -> Job:
    return Job.objects.get(id=job.id)


def test_whoever_chooses_nothing_keeps_everything() -> None:
    job = job_of(UserFactory.create(), days=400)
    assert retention_carry_out() == 0
    assert len(pictures(job)) == 3


def test_pictures_go_after_some_days_and_results_stay() -> None:
    user = user_who(Retention.PICTURES, 30)
    old, young = job_of(user, days=31, output={"predictions": []}), job_of(user, days=29)
    default_storage.save(f"{folder_of(old)}/display-2.jpg", ContentFile(b"of a lost attempt"))

    assert retention_carry_out() == 1

    assert pictures(old) == []
    row = fresh(old)
    assert [str(file) for file in (row.input, row.display, row.thumbnail)] == ["", "", ""]
    assert (row.output, row.status, row.input_name) == (
        {"predictions": []},
        "succeeded",
        old.input_name,
    )
    assert row.picture_is_gone
    assert len(pictures(young)) == 3
    assert not fresh(young).picture_is_gone
    assert stored_bytes(user=user) == 1_000
    assert retention_carry_out() == 0
    assert stored_bytes(user=user) == 1_000


def test_results_only_waits_for_the_end_of_each_job_and_no_longer() -> None:
    user = user_who(Retention.RESULTS)
    waits = job_of(user, days=0.5, finished="")
    done = job_of(user)

    assert retention_carry_out() == 1
    assert len(pictures(waits)) == 3
    assert pictures(done) == []

    Job.objects.filter(id=waits.id).update(status=Status.CANCELED, finished_at=timezone.now())
    later = job_of(user)
    assert retention_carry_out() == 2
    assert pictures(waits) == pictures(later) == []


def test_an_explanation_goes_with_the_picture_that_it_explains() -> None:
    user = user_who(Retention.PICTURES, 30)
    job = job_of(user, days=31)
    why = job_of(user, days=1, service="explain", source=job)
    again = job_of(user, days=1, source=job)

    assert retention_carry_out() == 1

    assert pictures(why) == []
    assert len(pictures(again)) == 3  # another model's result, of its own age
    assert stored_bytes(user=user) == 1_000


def test_pictures_and_results_can_go_together() -> None:
    user = user_who(Retention.EVERYTHING, 7)
    batch = BatchFactory.create(user=user, id=first_id_at(timezone.now() - timedelta(days=8)))
    old, young = job_of(user, days=8, batch=batch), job_of(user, days=6)
    share_create(job=old, lifetime=timedelta(days=30))

    assert retention_carry_out() == 1

    assert pictures(old) == []
    assert list(Job.objects.values_list("id", flat=True)) == [young.id]
    assert not Share.objects.exists()
    assert not Batch.objects.exists()
    assert ErasedJob.objects.filter(id=old.id, user=user).exists()
    assert stored_bytes(user=user) == 1_000
    assert (
        Usage.objects.filter(user=user).count() == 2
    )  # what was handed in is counted all the same


def test_the_site_may_keep_nobodys_pictures_longer(settings: Settings) -> None:
    settings.PICTURES_KEPT_DAYS = 10
    patient = user_who(Retention.PICTURES, 30)
    jobs = [job_of(one, days=11) for one in (UserFactory.create(), patient)]
    young = job_of(patient, days=9)

    assert retention_carry_out() == 2
    assert [pictures(job) for job in jobs] == [[], []]
    assert len(pictures(young)) == 3


def test_a_round_is_bounded_and_the_next_goes_on(settings: Settings) -> None:
    settings.CHORE_LIMIT = 2
    user = user_who(Retention.PICTURES, 30)
    jobs = [job_of(user, days=40 - number) for number in range(5)]

    assert [retention_carry_out() for _ in range(4)] == [2, 2, 1, 0]
    assert not any(pictures(job) for job in jobs)


def test_people_take_turns(settings: Settings) -> None:
    settings.CHORE_PEOPLE = 2
    jobs = [job_of(user_who(Retention.RESULTS)) for _ in range(5)]

    assert sum(retention_carry_out() for _ in range(3)) == 5
    assert not any(pictures(job) for job in jobs)


def test_what_died_halfway_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    user = user_who(Retention.PICTURES, 30)
    job = job_of(user, days=31)

    def dies(jobs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(retention, "_bytes_take_away", dies)
        with pytest.raises(KeyboardInterrupt):
            retention_carry_out()
    assert pictures(job) == []
    assert fresh(job).input

    assert retention_carry_out() == 1
    assert fresh(job).picture_is_gone
    assert stored_bytes(user=user) == 0


def test_it_costs_the_same_however_much_is_done_with(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    user = user_who(Retention.PICTURES, 30)
    for number in range(12):
        job_of(user, days=31 + number)
    retention_carry_out()
    mark = Mark.objects.get(name=f"pictures:{user.pk}")
    assert mark.job > max(Job.objects.values_list("id", flat=True))

    with django_assert_max_num_queries(8):
        assert retention_carry_out() == 0


def test_the_sweeper_does_it() -> None:
    job = job_of(user_who(Retention.RESULTS))
    assert chores().expired == 1
    assert pictures(job) == []
