"""What operators do: pause, resume and drain services, try failed jobs again. Writes only."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from accounts.audit import audit_record
from worker.dispatch import dispatch
from worker.models import UNFINISHED, Job, ServiceState
from worker.registry import services
from worker.services import job_cancel, job_retry

if TYPE_CHECKING:
    from accounts.models import User

AT_ONCE = 500
"""Jobs that one request tries again or cancels: each of them is some work."""


def service_pause(*, service: str) -> bool:
    """Start none of a service's jobs any more; ``False`` when it was so already."""
    return _set(service, "service.paused", paused=True)


def service_drain(*, service: str) -> bool:
    """Accept no jobs for a service any more; ``False`` when it was so already."""
    return _set(service, "service.drained", draining=True)


def service_resume(*, service: str) -> bool:
    """Have a service accept and start jobs again; ``False`` when it did."""
    resumed = _set(service, "service.resumed", paused=False, draining=False)
    if resumed:
        dispatch()
    return resumed


def _set(service: str, event: str, **wanted: bool) -> bool:
    """Change what is decided about a service, if that changes anything.

    :raises KeyError: when there is no such service.
    """
    if service not in {known.slug for known in services()}:
        raise KeyError(service)
    state, _ = ServiceState.objects.get_or_create(service=service)
    if all(getattr(state, name) == value for name, value in wanted.items()):
        return False
    ServiceState.objects.filter(service=service).update(**wanted)
    audit_record(event, target=f"service:{service}")
    return True


def jobs_cancel_of(user: "User") -> None:
    """End the unfinished jobs of a user who has been disabled."""
    unfinished = Job.objects.filter(user_id=user.pk, status__in=UNFINISHED)
    canceled = sum(job_cancel(job=job) for job in unfinished)
    if canceled:
        audit_record("jobs.canceled", user=user.pk, count=canceled)


def jobs_cancel(*, jobs: Iterable[Job]) -> int:
    """End jobs that have not ended; return how many."""
    canceled = [job for job in jobs if job_cancel(job=job)]
    if canceled:
        audit_record("jobs.canceled", **_about(canceled), count=len(canceled))
    return len(canceled)


def jobs_retry(*, jobs: Iterable[Job]) -> int:
    """Hand in the pictures of failed jobs again; return how many.

    Those that cannot be tried again are left out.
    """
    retried = [job for job in jobs if job_retry(job=job) is not None]
    if retried:
        audit_record("jobs.retried", **_about(retried), count=len(retried))
    return len(retried)


def _about(jobs: Sequence[Job]) -> dict[str, Any]:
    """Return what the log says of a single job: its id, and whose it is."""
    return {"target": f"job:{jobs[0].id}", "user": jobs[0].user_id} if len(jobs) == 1 else {}
