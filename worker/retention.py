"""Deletes what people, or the site, do not want kept. Called by the sweeper, again and again.

Jobs are gone through in their order, and a mark notes how far: up to it no job has a picture.
So a round costs what there is to do, however many jobs there are, and one that is broken off is
taken up by the next. Files go first: what dies in between leaves rows that are found again.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Retention, User
from worker.files import files_delete
from worker.models import Batch, ErasedJob, Job, Mark, Usage, WebhookDelivery, first_id_at
from worker.registry import hidden_services

logger = logging.getLogger(__name__)

_STEP = int(timedelta(hours=1).total_seconds() * 1000) << 80
"""How far, in ids, a mark lags behind when there is nothing to do, to be written now and then."""

_last_looked_at = 0
"""The number of the person at which the last round ended."""


def retention_carry_out() -> int:
    """Delete some of what is due; return how many jobs lost their picture or are gone."""
    done = 0
    if settings.PICTURES_KEPT_DAYS:
        done += _pictures_expire("pictures", Job.objects.all(), days=settings.PICTURES_KEPT_DAYS)
    for user in _people():
        jobs = Job.objects.filter(user_id=user.pk)
        if user.retention == Retention.EVERYTHING:
            done += _jobs_expire(user, days=user.retention_days or 0)
        else:
            done += _pictures_expire(mark_of(user.pk), jobs, days=user.retention_days or 0)
    if done:
        logger.info("retention: %d jobs", done)
    return done


def mark_of(user_id: int) -> str:
    """Return the name of the mark up to which none of a user's jobs has a picture."""
    return f"pictures:{user_id}"


def _people() -> list[User]:
    """Return the next of those who do not keep everything."""
    global _last_looked_at  # noqa: PLW0603 - it is one process that looks
    some = User.objects.exclude(retention=Retention.KEEP).order_by("pk")
    people = list(some.filter(pk__gt=_last_looked_at)[: settings.CHORE_PEOPLE])
    _last_looked_at = people[-1].pk if len(people) == settings.CHORE_PEOPLE else 0
    return people


def _pictures_expire(name: str, jobs: QuerySet[Job], *, days: int) -> int:
    """Delete the pictures of ended jobs of a certain age, from a mark on."""
    mark = Mark.of(name)
    now = timezone.now()
    due = jobs.filter(id__gt=mark, id__lt=first_id_at(now - timedelta(days=days)))
    due = due.order_by("id")
    unfinished = due.filter(finished_at=None).values_list("id", flat=True).first()
    ended = due.filter(finished_at__isnull=False).exclude(input="", display="", thumbnail="")
    some = list(ended[: settings.CHORE_LIMIT])
    done = pictures_delete(jobs=some)
    until = [first_id_at(now - timedelta(days=days)), first_id_at(now - settings.JOBS_SETTLE)]
    if len(some) == settings.CHORE_LIMIT:
        until.append(some[-1].id)
    if unfinished:
        until.append(uuid.UUID(int=unfinished.int - 1))
    if done or min(until).int - mark.int > _STEP:
        Mark.objects.update_or_create(name=name, defaults={"job": min(until)})
    return done


def pictures_delete(*, jobs: Sequence[Job]) -> int:
    """Delete the pictures of ended jobs, and of those that explain them; the results stay."""
    if not jobs:
        return 0
    ids = [job.id for job in jobs]
    explaining = Job.objects.filter(source_id__in=ids, service__in=hidden_services())
    every = [*jobs, *explaining.filter(finished_at__isnull=False).exclude(id__in=ids)]
    for job in every:
        files_delete(job)
    with transaction.atomic():
        rows = Job.objects.filter(id__in=[job.id for job in every])
        _bytes_take_away(rows.exclude(input=""))
        rows.update(input="", display="", thumbnail="")
    return len(jobs)


def _jobs_expire(user: User, *, days: int) -> int:
    """Erase a user's jobs of a certain age, and the batches that are empty then."""
    before = first_id_at(timezone.now() - timedelta(days=days))
    old = Job.objects.filter(user_id=user.pk, id__lt=before, finished_at__isnull=False)
    some = list(old.order_by("id")[: settings.CHORE_LIMIT])
    erased = jobs_erase(jobs=some, remember=True)
    empty = Batch.objects.filter(user_id=user.pk, id__lt=before, jobs=None)
    Batch.objects.filter(id__in=list(empty.values_list("id", flat=True)[:100])).delete()
    return erased


def jobs_erase(*, jobs: Sequence[Job], remember: bool) -> int:
    """Erase jobs with their pictures and all that hangs on them.

    :param remember: whether their ids are kept, to say that they are gone; not of an account
        that goes itself.
    """
    if not jobs:
        return 0
    for job in jobs:
        files_delete(job)
    ids = [job.id for job in jobs]
    with transaction.atomic():
        rows = Job.objects.filter(id__in=ids)
        _bytes_take_away(rows.exclude(input=""))
        WebhookDelivery.objects.filter(job_id__in=ids).delete()  # they hold results
        if remember:
            ErasedJob.objects.bulk_create(
                [ErasedJob(id=job.id, user_id=job.user_id) for job in jobs], ignore_conflicts=True
            )
        rows.delete()
    return len(jobs)


def _bytes_take_away(jobs: QuerySet[Job]) -> None:
    """Take the pictures of jobs off the counters of the days on which they were handed in."""
    if connection.features.has_select_for_update:
        jobs = jobs.select_for_update()
    sizes: Counter[tuple[int, date]] = Counter()
    for user_id, created_at, size in jobs.values_list("user_id", "created_at", "input_bytes"):
        sizes[user_id, created_at.date()] += size
    for (user_id, day), size in sizes.items():
        counter = Usage.objects.filter(user_id=user_id, day=day)
        counter.update(stored_bytes=F("stored_bytes") - size)
