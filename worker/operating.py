"""What operators do: pause, resume and drain services, try failed jobs again. Writes only."""

from collections.abc import Iterable

from accounts.audit import audit_record
from worker.dispatch import dispatch
from worker.models import Job, ServiceState
from worker.registry import services
from worker.services import job_retry

RETRY_AT_ONCE = 500
"""Jobs that one request tries again: each copies a picture."""


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


def jobs_retry(*, jobs: Iterable[Job]) -> int:
    """Hand in the pictures of failed jobs again; return how many.

    Those that cannot be tried again are left out.
    """
    retried = [job for job in jobs if job_retry(job=job) is not None]
    if retried:
        target = f"job:{retried[0].id}" if len(retried) == 1 else ""
        audit_record("jobs.retried", target=target, count=len(retried))
    return len(retried)
