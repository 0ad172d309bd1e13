"""A site that looks as if it had been in use for two months, to try the administration with."""

import io
import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.tokens import token_create
from classify.models import Label
from classify.selectors import model_default_name
from classify.services import CLASSIFY
from project import __version__
from worker.models import Batch, Job, Lane, Status, Usage, WorkerState, first_id_at
from worker.webhooks import webhook_create

DOMAIN = "demo.example"
"""All demo accounts are below it, which tells whether there are any."""

PEOPLE = (
    ("Lucía Fernández", "es"),
    ("Mateo García", "es"),
    ("Emily Carter", "en"),
    ("Noah Williams", "en"),
    ("Valentina Rojas", "es"),
    ("Oliver Smith", "en"),
    ("Sofía Martínez", "es"),
    ("Amelia Jones", "en"),
    ("Diego Herrera", "es"),
    ("Hannah Müller", "en"),
)
DAYS = 60
REASONS = ("broken_image",) * 8 + ("too_small", "timeout", "timeout", "worker_lost", "internal")
_RANDOM = random.Random(2026)  # noqa: S311 - the same site each time


@transaction.atomic
def demo_seed(*, jobs: int) -> bool:
    """Store people, their jobs of two months, failures, what waits, and workers.

    :returns: ``False`` when the demo is there already.
    """
    if User.objects.filter(email__endswith=f"@{DOMAIN}").exists():
        return False
    people = _people()
    _jobs(people, jobs)
    _waiting(people[0])
    for user in people[:3]:
        token_create(user=user, name="Cámaras" if user.language == "es" else "Cameras")
        webhook_create(user=user, url="https://hooks.example/vitrina", events=["job.failed"])
    now = timezone.now()
    for host, seen in (("vitrina-1:1201", 4), ("vitrina-2:877", 7), ("vitrina-3:412", 940)):
        WorkerState.objects.create(
            name=host,
            started_at=now - timedelta(days=3),
            seen_at=now - timedelta(seconds=seen),
            memory_bytes=_RANDOM.randint(380, 470) * 2**20,
            model_names=model_default_name(),
            version=__version__,
        )
    return True


def _people() -> list[User]:
    """Make users in groups; nobody can sign in to them but by a reset password."""
    operators = Group.objects.create(name="Operators")
    operators.permissions.set(Permission.objects.filter(content_type__app_label="worker"))
    groups = [Group.objects.create(name=name) for name in ("Museum", "Research")]
    people = []
    for number, (name, language) in enumerate(PEOPLE):
        address = f"{name.split()[0].lower()}@{DOMAIN}"
        user = User.objects.create_user(address, name=name, language=language)
        user.groups.add(groups[number % 2])
        people.append(user)
    people[1].is_staff = True
    people[1].groups.add(operators)
    people[-1].is_active = False
    now = timezone.now()
    for number, user in enumerate(people):
        user.last_login = now - timedelta(hours=number * 7)
        user.date_joined = now - timedelta(days=DAYS - number)
    User.objects.bulk_update(people, ["is_staff", "is_active", "last_login", "date_joined"])
    return people


def _moments(jobs: int) -> Iterator[datetime]:
    """Yield when jobs were handed in: more by day, on working days, and lately."""
    now = timezone.now()
    while jobs:
        moment = now - timedelta(minutes=_RANDOM.triangular(2, DAYS * 24 * 60, 2))
        busy = 0.2 + 0.8 * (7 < moment.hour < 19) * (1 if moment.weekday() < 5 else 0.3)
        if _RANDOM.random() < busy:
            jobs -= 1
            yield moment


def _jobs(people: list[User], count: int) -> None:
    """Make jobs that have ended, with what they add to the counters."""
    labels = list(Label.objects.filter(model=None).values_list("id", "index"))
    rows = [_ended(_RANDOM.choice(people), moment, labels) for moment in _moments(count)]
    moments = {job.id: job.created_at for job in rows}
    usage: dict[tuple[int, datetime], int] = {}
    for job in rows:
        key = (job.user_id, job.created_at.replace(hour=0, minute=0, second=0, microsecond=0))
        usage[key] = usage.get(key, 0) + 1
    Job.objects.bulk_create(rows, batch_size=500)
    for job in rows:
        job.created_at = moments[job.id]  # the field sets the time of creation itself
    Job.objects.bulk_update(rows, ["created_at"], batch_size=500)
    Usage.objects.bulk_create(
        Usage(user_id=user_id, day=day.date(), jobs=jobs, stored_bytes=jobs * 812_000)
        for (user_id, day), jobs in usage.items()
    )
    pictured = [job for job in rows if job.error_code in {"timeout", "worker_lost", "internal"}]
    for job in pictured:
        job.input.save(f"jobs/{job.id.hex[-2:]}/{job.id}/input.jpg", ContentFile(_picture()))


def _ended(user: User, moment: datetime, labels: list[tuple[str, int]]) -> Job:
    """Return a job that has ended at some time."""
    failed = _RANDOM.random() < 0.03
    took = timedelta(milliseconds=_RANDOM.triangular(80, 4000, 220))
    job = Job(
        id=uuid.UUID(int=first_id_at(moment).int | _RANDOM.getrandbits(60)),
        user=user,
        service=CLASSIFY,
        model=model_default_name(),
        model_version="1",
        status=Status.FAILED if failed else Status.SUCCEEDED,
        error_code=_RANDOM.choice(REASONS) if failed else "",
        lane=_RANDOM.choice((Lane.INTERACTIVE, Lane.BULK)),
        input_name=f"IMG_{_RANDOM.randint(1000, 9999)}.jpg",
        input_format="JPEG",
        input_bytes=812_000,
        input_width=4000,
        input_height=3000,
        attempts=3 if failed else 1,
        worker="vitrina-1:1203",
        created_at=moment,
        started_at=moment + took / 2,
        finished_at=moment + took,
        expires_at=moment + timedelta(days=1),
        decode_ms=_RANDOM.uniform(15, 60),
        predict_ms=_RANDOM.uniform(12, 30),
    )
    if not failed and labels:
        best, second = _RANDOM.sample(labels, 2)
        score = _RANDOM.uniform(0.3, 0.98)
        job.label, job.score = best[0], score
        job.output = {
            "predictions": [
                {"id": best[0], "index": best[1], "score": score},
                {"id": second[0], "index": second[1], "score": (1 - score) / 2},
            ]
        }
    return job


def _waiting(user: User) -> None:
    """Make a batch that waits."""
    batch = Batch.objects.create(user=user, service=CLASSIFY)
    for number in range(24):
        job = Job(
            user=user,
            batch=batch,
            service=CLASSIFY,
            lane=Lane.BULK,
            model=model_default_name(),
            input_name=f"sala-{number + 1}.jpg",
            input_format="JPEG",
            expires_at=timezone.now() + timedelta(days=1),
        )
        job.input.save(f"jobs/{job.id.hex[-2:]}/{job.id}/input.jpg", ContentFile(_picture()), False)
        job.save(force_insert=True)


def _picture() -> bytes:
    """Return a small photograph of nothing."""
    buffer = io.BytesIO()
    colour = tuple(_RANDOM.randint(60, 200) for _ in range(3))
    Image.new("RGB", (320, 240), colour).save(buffer, "JPEG")
    return buffer.getvalue()
