"""The page of one job."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views import polling_login_required
from classify.exports import job_record
from classify.views.common import job_or_404, seen, state_or_404, unchanged
from classify.views.context import (
    derived_context,
    derived_state,
    job_context,
    job_state,
    jobs_shown_with,
)
from worker.registry import service_get
from worker.selectors import jobs_dead, jobs_visible_to
from worker.services import job_cancel, job_delete, job_retry


@login_required
@require_safe
@never_cache
def job_page(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Show a job: its state, then its result and what can be done with it."""
    job = job_or_404(request, job_id)
    if service_get(job.service).hidden and job.source_id:
        return redirect("classify:job", job.source_id)
    return render(request, "classify/job.html", job_context(job) | derived_context(request, job))


@polling_login_required
@require_safe
@never_cache
def job_status(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Return the job's part of the page, or 304 when the page shows just that."""
    state, shown = job_state(state_or_404(request, job_id)), seen(request)
    if shown == state:
        return unchanged(state)
    job = job_or_404(request, job_id)
    context = job_context(job) | derived_context(request, job)
    # A place in the queue that has changed is shown, but not read out.
    context |= {"polled": True, "announced": shown.partition(".")[0] != job.status}
    return render(request, "classify/partials/job.html", context)


@polling_login_required
@require_safe
@never_cache
def job_derived(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Return what other jobs tell of this one, or 304 when the page shows just that."""
    state = derived_state(jobs_shown_with(state_or_404(request, job_id)).only("status"))
    if seen(request) == state:
        return unchanged(state)
    job = job_or_404(request, job_id)
    context = derived_context(request, job) | job_context(job) | {"polled": True}
    return render(request, "classify/partials/derived.html", context)


@login_required
@require_safe
@never_cache
def job_json(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Return all that is known of a job, for programs and the curious."""
    job = job_or_404(request, job_id)
    return JsonResponse(
        job_record(job),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": f'inline; filename="{job.id}.json"'},
    )


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Cancel a job that has not ended."""
    job = job_or_404(request, job_id)
    if not job_cancel(job=job):
        messages.info(request, _("The job had already finished."))
    return redirect("classify:job", job.id)


@login_required
@require_POST
def retry(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Try again what failed on our side, and lead to the new job."""
    job = job_or_404(request, job_id)
    again = None
    if jobs_dead(jobs_visible_to(request.user)).filter(id=job.id).exists():
        again = job_retry(job=job)
    if again is None:
        messages.info(request, _("This job cannot be tried again."))
    return redirect("classify:job", (again or job).id)


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
