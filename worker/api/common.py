"""What the endpoints about jobs share: finding one, answering with one, waiting for one."""

import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from project.api.paging import checked_query
from project.api.prefer import wait_preference
from project.api.problems import ProblemError
from worker.api import representation, schemas
from worker.api.waiting import watch
from worker.models import Batch, Job
from worker.registry import hidden_services, service_get
from worker.selectors import batches_visible_to, job_was_erased, jobs_visible_to

POLL_SECONDS = "1"


def job_or_problem(user: User, job_id: uuid.UUID) -> Job:
    """Return a job that the user may see.

    :raises ProblemError: 410 when it was theirs and is deleted; else 404, whatever the reason.
    """
    job = jobs_visible_to(user).filter(id=job_id).first()
    if job is not None:
        return job
    raise ProblemError("gone" if job_was_erased(user=user, job_id=job_id) else "not_found")


def batch_or_404(user: User, batch_id: uuid.UUID) -> Batch:
    """Return a batch that the user may see, or answer 404."""
    return get_object_or_404(batches_visible_to(user), id=batch_id)


def language(request: Request, job: Job | None = None) -> str:
    """Return the language of the names in an answer: ``lang``, the job's, or the answer's."""
    return representation.language_of(job, request.query_params.get("lang"), get_language() or "")


def job_response(
    request: Request,
    job: Job,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Answer with a job, in the language asked for."""
    lang = language(request, job)
    return versioned(
        request,
        representation.etag(job, lang),
        ended=job.is_finished,
        status=status,
        data=lambda: representation.job_data(
            job, language=lang, address=request.build_absolute_uri
        ),
    )


def versioned(
    request: Request,
    etag: str,
    *,
    ended: bool,
    data: Callable[[], dict[str, Any]],
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """Answer with something, or with 304 when the caller has just that; say when to ask again."""
    headers = {"ETag": etag}
    if not ended:
        headers["Retry-After"] = POLL_SECONDS
    if request.method in {"GET", "HEAD"} and _matches(request, etag):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(data(), status=status, headers=headers)


def _matches(request: Request, etag: str) -> bool:
    """Tell whether ``If-None-Match`` names a representation; a weak comparison (RFC 9110)."""
    given = [tag.strip().removeprefix("W/") for tag in _tags(request)]
    return etag in given or "*" in given


def _tags(request: Request) -> list[str]:
    return request.headers.get("If-None-Match", "").split(",")


def job_awaited(request: Request, job: Job) -> tuple[Job, dict[str, str]]:
    """Wait for a job to end where the caller prefers that.

    :returns: the job as it is then, and the headers that say what has been done.
    """
    seconds = wait_preference(request._request)  # noqa: SLF001 - DRF's own name for it
    if seconds is None:
        return job, {}
    if not job.is_finished:
        watch.wait(job.id, seen=None, seconds=seconds)
        job = job_or_problem(_user(request), job.id)
    return job, {"Preference-Applied": f"wait={seconds}"} if job.is_finished else {}


def _user(request: Request) -> User:
    if not isinstance(request.user, User):
        raise TypeError("Only accounts have jobs.")
    return request.user


def language_check(request: Request) -> None:
    """Refuse a language that the site does not have.

    :raises ValidationError: when ``lang`` is one.
    """
    checked_query(request, schemas.LangQuery)


def service_or_404(slug: str) -> str:
    """Return the slug of a service that there is.

    :raises ProblemError: when there is none.
    """
    try:
        service = service_get(slug)
    except KeyError as error:
        raise ProblemError("not_found") from error
    if slug in hidden_services():
        raise ProblemError("not_found")
    return service.slug
