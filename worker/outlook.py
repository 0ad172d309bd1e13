"""How long a waiting job is likely to wait. Reads only, cheap enough to ask at every poll."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from worker.models import Batch, Job, Lane, Status, first_id_at

AHEAD_MAX = 1_000
"""Jobs that are counted; beyond it nobody cares for the number."""

LOOKED_BACK = timedelta(hours=1)
RECENT = 20
"""Jobs that ended lately, from which the pace is taken."""


@dataclass(frozen=True)
class Outlook:
    """What to expect of the queue.

    :ivar ahead: jobs that come first, :data:`AHEAD_MAX` standing for that many or more.
    :ivar seconds: until the job starts, if the pace stays; ``None`` when nothing ended lately.
    """

    ahead: int
    seconds: float | None

    @property
    def is_long(self) -> bool:
        """Whether there are more ahead than were counted."""
        return self.ahead >= AHEAD_MAX


def queue_outlook(job: Job) -> Outlook:
    """Return what a queued job may expect.

    Lanes are served in their order and each in the order of arrival; that users take turns in
    the second lane makes it an estimate.
    """
    ahead = jobs_ahead(job)
    pace = _seconds_per_job()
    return Outlook(ahead, None if pace is None else ahead * pace)


def batch_outlook(batch: Batch) -> Outlook | None:
    """Return what the last waiting job of a batch may expect; ``None`` when none waits."""
    last = batch.jobs.filter(status=Status.QUEUED).order_by("-id").first()
    return queue_outlook(last) if last else None


def jobs_ahead(job: Job) -> int:
    """Return how many jobs come before a queued one, counted up to :data:`AHEAD_MAX`."""
    before = Q(lane=job.lane, id__lt=job.id)
    if job.lane == Lane.BULK:
        before |= Q(lane=Lane.INTERACTIVE)
    waiting = Job.objects.filter(before, status=Status.QUEUED)
    return waiting.order_by()[:AHEAD_MAX].count()


def _seconds_per_job() -> float | None:
    """Return how many seconds pass from one job's end to the next, by those that ended lately."""
    since = first_id_at(timezone.now() - LOOKED_BACK)
    ended = list(
        Job.objects.filter(status=Status.SUCCEEDED, id__gte=since, started_at__isnull=False)
        .order_by("-id")
        .values_list("started_at", "finished_at", "worker")[:RECENT]
    )
    if not ended:
        return None
    spent = sum(
        (finished - started).total_seconds()
        for started, finished, _ in ended
        if started and finished
    )
    processes = len({worker for _, _, worker in ended})
    return spent / len(ended) / processes
