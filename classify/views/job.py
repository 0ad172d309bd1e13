"""The page of one job."""

import uuid
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views import polling_login_required
from classify.views.common import job_or_404
from worker.failures import message
from worker.models import Job, Status
from worker.registry import service_get
from worker.services import job_cancel, job_delete


def _job_context(job: Job) -> dict[str, Any]:
    """Return what the job's part of the page needs; only a result costs further queries."""
    context: dict[str, Any] = {"job": job}
    if job.status == Status.SUCCEEDED:
        service = service_get(job.service)
        context["result_template"] = service.result_template
        context.update(service.result_context(job, get_language() or settings.LANGUAGE_CODE))
    if job.error_code:
        context["reason"] = message(job.error_code)
    return context


@login_required
@require_safe
@never_cache
def job_page(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Show a job: its state, then its result."""
    return render(request, "classify/job.html", _job_context(job_or_404(request, job_id)))


@polling_login_required
@require_safe
@never_cache
def job_status(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Return the job's part of the page, or 204 when its state is what the page shows."""
    job = job_or_404(request, job_id)
    if request.GET.get("seen") == job.status:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = _job_context(job) | {"polled": True}
    return render(request, "classify/partials/job.html", context)


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Cancel a job that has not ended."""
    job = job_or_404(request, job_id)
    if not job_cancel(job=job):
        messages.info(request, _("The job had already finished."))
    return redirect("classify:job", job.id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask, then erase a job with its pictures."""
    job = job_or_404(request, job_id)
    if request.method != "POST":
        return render(request, "classify/job_delete.html", {"job": job})
    batch_id = job.batch_id
    job_delete(job=job)
    messages.success(request, _("The job and its picture are deleted."))
    return redirect("classify:batch", batch_id) if batch_id else redirect("classify:jobs")
