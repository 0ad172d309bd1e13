"""Collects stored pictures whose job does not exist: their web process died before its commit.

Each sweep looks into one of the 256 folders in which pictures lie, whose name is the end of a
job's id. So it takes 256 sweeps to look at all, and each costs little however many there are.
What a lost attempt left beside a job that exists goes with that job.
"""

import itertools
import logging
import random
import uuid
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models.functions import Now

from worker.files import TOP, folder_delete
from worker.models import Job, first_id_at

logger = logging.getLogger(__name__)

STRAY_AFTER = timedelta(hours=1)
"""A picture is stored before its job, but not so long before."""

_folders = itertools.cycle(f"{number:02x}" for number in random.sample(range(256), 256))


def strays_collect(*, folder: str | None = None) -> int:
    """Delete the pictures in a folder that belong to no job; return of how many jobs.

    :param folder: two hexadecimal digits; by default the next one.
    """
    now = _database_now()
    if now is None:
        return 0
    path = f"{TOP}/{folder or next(_folders)}"
    known_before = first_id_at(now - STRAY_AFTER)
    try:
        names, _ = default_storage.listdir(path)
    except FileNotFoundError:
        return 0
    old = [job_id for job_id in _job_ids(names) if job_id < known_before]
    strays = sorted(set(old) - _known(old))[: settings.SWEEP_LIMIT]
    for job_id in strays:
        folder_delete(f"{path}/{job_id}")
    if strays:
        logger.warning("deleted pictures of %d jobs that do not exist in %s", len(strays), path)
    return len(strays)


def _database_now() -> datetime | None:
    """Return the database's time, as a host's may be off; ``None`` when there are no jobs."""
    jobs = Job.objects.order_by("-id").annotate(now=Now())
    return jobs.values_list("now", flat=True).first()


def _job_ids(names: list[str]) -> list[uuid.UUID]:
    """Return the names that are a job's; others are none of ours."""
    found = []
    for name in names:
        with suppress(ValueError):
            found.append(uuid.UUID(name))
    return found


def _known(ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Return those ids that have a job."""
    known: set[uuid.UUID] = set()
    for start in range(0, len(ids), settings.SWEEP_LIMIT):
        some = ids[start : start + settings.SWEEP_LIMIT]
        known.update(Job.objects.filter(id__in=some).values_list("id", flat=True))
    return known
