"""What several pages need."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404

from accounts.models import User
from classify.services import CLASSIFY
from worker.models import Job, Status
from worker.selectors import jobs_visible_to


def user_of(request: HttpRequest) -> User:
    """Return who is signed in; the view has seen to it that somebody is."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def seen(request: HttpRequest) -> str:
    """Return which state of a part of the page the browser shows.

    The part says it in ``hx-headers``: what the browser asks for so, its cache stays out of.
    """
    return request.headers.get("If-None-Match", "").strip('"')


def unchanged(state: str) -> HttpResponse:
    """Answer 304: the page shows just that state."""
    response = HttpResponseNotModified()
    response["ETag"] = f'"{state}"'
    return response


def state_or_404(request: HttpRequest, job_id: uuid.UUID) -> Job:
    """Return of a job that the user may see no more than its state, or answer 404."""
    jobs = jobs_visible_to(request.user).only("id", "status", "lane")
    return get_object_or_404(jobs, id=job_id)


def job_or_404(request: HttpRequest, job_id: uuid.UUID) -> Job:
    """Return a job that the user may see, or answer 404."""
    jobs = jobs_visible_to(request.user).select_related("feedback__label")
    return get_object_or_404(jobs, id=job_id)


def result_or_404(request: HttpRequest, job_id: uuid.UUID) -> Job:
    """Return a job that the user may see and that has named classes, or answer 404."""
    jobs = jobs_visible_to(request.user).select_related("feedback__label")
    return get_object_or_404(jobs, id=job_id, service=CLASSIFY, status=Status.SUCCEEDED)
