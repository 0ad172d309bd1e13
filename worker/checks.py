"""What ``manage.py doctor`` looks at for the queue."""

from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone

from project.doctor import Finding
from worker.models import Job, Status

WAIT_TO_WORRY = 60


def queue() -> Iterator[Finding]:
    """Look whether jobs are being run."""
    waiting = Job.objects.filter(status=Status.QUEUED)
    try:
        oldest = waiting.order_by("id").first()
        count = waiting.count()
    except DatabaseError:
        return
    if oldest is None:
        yield Finding("queue", well=True, text="empty")
        return
    seconds = (timezone.now() - oldest.created_at).total_seconds()
    text = f"{count} jobs wait, the oldest for {seconds:.0f} s"
    if seconds > WAIT_TO_WORRY:
        text += ". Is a worker running? Start one: manage.py work"
    yield Finding("queue", well=seconds <= WAIT_TO_WORRY, text=text)
