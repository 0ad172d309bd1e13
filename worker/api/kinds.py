"""The refusals of jobs as problems of the API: one kind for each code of ``worker.failures``."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from project.api import problems
from project.api.kinds import KINDS, Kind
from project.api.problems import ProblemError
from worker.failures import MESSAGES, NOT_ALLOWED, OURS, UNAVAILABLE, JobRefusedError

QUOTAS = ("too_many_jobs", "too_fast", "daily_quota", "storage_quota")

_OF_JOBS = (OURS - {"internal"}) | {"too_complex", "unreadable"}

_STATUS = {
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "empty": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "internal": HTTPStatus.INTERNAL_SERVER_ERROR,
    **dict.fromkeys(NOT_ALLOWED, HTTPStatus.FORBIDDEN),
    **dict.fromkeys(QUOTAS, HTTPStatus.TOO_MANY_REQUESTS),
    **dict.fromkeys(UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE),
}

_TITLES = {
    HTTPStatus.FORBIDDEN: _("Your account may not use this"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("The picture is too large"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: _("This is no picture that is accepted"),
    HTTPStatus.UNPROCESSABLE_ENTITY: _("The picture cannot be used"),
    HTTPStatus.TOO_MANY_REQUESTS: _("You have reached a limit"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("The site takes nothing at the moment"),
}

TOO_MANY_WAITING = Kind(
    "too_many_waiting",
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("Too many wait already"),
    _("As many programs wait for jobs as the site allows. Ask for the job now and then instead."),
)


def _kinds() -> list[Kind]:
    """Return a kind for each reason; those that only a running job can have are among them."""
    kinds = []
    for code, message in MESSAGES.items():
        if code not in KINDS:
            status = _STATUS.get(code, HTTPStatus.UNPROCESSABLE_ENTITY)
            of_jobs = code in _OF_JOBS
            title = _("The job has failed") if of_jobs else _TITLES[status]
            kinds.append(Kind(code, status, title, message, of_jobs=of_jobs))
    return kinds


def _refusal(refusal: JobRefusedError) -> ProblemError:
    """Return the problem of a submission that was not accepted."""
    retry = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    return ProblemError(refusal.code, refusal.message, headers=retry)


def register() -> None:
    """Make them known."""
    problems.register(*_kinds(), TOO_MANY_WAITING)
    problems.translate(JobRefusedError, _refusal)
