"""Makes rows for tests."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import factory
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.export_model import DataExport
from accounts.models import User
from tests.conftest import picture
from worker import services
from worker.models import Batch, Job, Lane, Status

PASSWORD = "correct horse battery"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda number: f"user{number}@example.com")

    @factory.post_generation
    def password(self: User, create: bool, extracted: str | None, **kwargs: Any) -> None:
        self.set_password(extracted or PASSWORD)
        if create:
            self.save(update_fields=["password"])


class BatchFactory(DjangoModelFactory[Batch]):
    class Meta:
        model = Batch

    user = factory.SubFactory(UserFactory)
    service = "null"


class JobFactory(DjangoModelFactory[Job]):
    """A queued job; ``finished="succeeded"`` (or another terminal state) makes one that ended."""

    class Meta:
        model = Job
        skip_postgeneration_save = True

    class Params:
        finished = ""

    user = factory.SubFactory(UserFactory)
    service = "null"
    model = "null"
    input_name = factory.Sequence(lambda number: f"photo{number}.jpg")
    input_sha256 = factory.Sequence(lambda number: f"{number:064x}")
    input_format = "JPEG"
    input_width = 64
    input_height = 48
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=24))
    status = factory.LazyAttribute(lambda job: job.finished or Status.QUEUED)
    error_code = factory.LazyAttribute(lambda job: "internal" if job.finished == "failed" else "")
    finished_at = factory.LazyAttribute(lambda job: timezone.now() if job.finished else None)

    @factory.post_generation
    def picture(self: Job, create: bool, extracted: bytes | None, **kwargs: Any) -> None:
        """Store a picture's bytes as the input: ``JobFactory.create(picture=…)``."""
        if extracted:
            self.input.save(f"jobs/{self.id}/input.jpg", ContentFile(extracted))


def export_stored(user: User) -> DataExport:
    """Make an export that can be downloaded."""
    now = timezone.now()
    export = DataExport.objects.create(
        user=user, total=9, done=9, size=3, finished_at=now, expires_at=now + timedelta(days=7)
    )
    default_storage.save(export.path, ContentFile(b"zip"))
    return export


def submit(
    user: User | None = None,
    *,
    lane: Lane = Lane.INTERACTIVE,
    trusted: bool = False,
    on_store: Callable[[Job], None] | None = None,
    **parameters: object,
) -> Job:
    """Hand in a picture to the null engine as the site does; without a user, for somebody new.

    :param parameters: what the null engine does with it.
    """
    return services.job_submit(
        user=user or UserFactory.create(),
        service="null",
        image=io.BytesIO(picture()),
        name="a.jpg",
        model="null",
        parameters=parameters,
        lane=lane,
        trusted=trusted,
        on_store=on_store,
    )
