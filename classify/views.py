"""Pages to submit photographs and to see what became of them."""

import uuid
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.views import polling_login_required
from classify.forms import SubmitForm
from classify.listing import PAGE_SIZE, Page, job_rows, jobs_page
from classify.service import ClassifyService
from worker.failures import UNAVAILABLE, JobRefusedError, message
from worker.models import TERMINAL, UNFINISHED, Batch, Job, Status
from worker.registry import service_get
from worker.selectors import batch_counts, batches_visible_to, jobs_visible_to
from worker.services import job_cancel, job_delete, job_submit, jobs_submit


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """Show the form, or to visitors what the site does; take in pictures."""
    if not isinstance(request.user, User):
        if request.method == "POST":
            return redirect_to_login(request.path)
        return render(request, "classify/landing.html")
    if request.method != "POST":
        return _form(request, SubmitForm())
    form = SubmitForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, status=HTTPStatus.BAD_REQUEST)
    try:
        return _hand_in(request.user, form)
    except JobRefusedError as refusal:
        form.add_error("images", str(refusal.message))
        response = _form(request, form, status=_refused_status(refusal))
        if refusal.retry_after:
            response["Retry-After"] = str(refusal.retry_after)
        return response


def _refused_status(refusal: JobRefusedError) -> HTTPStatus:
    """Return the status that tells why: the site, the user's quota, or the picture."""
    if refusal.code in UNAVAILABLE:
        return HTTPStatus.SERVICE_UNAVAILABLE
    if refusal.retry_after:
        return HTTPStatus.TOO_MANY_REQUESTS
    if refusal.code == "too_large":
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return HTTPStatus.BAD_REQUEST


def _form(request: HttpRequest, form: SubmitForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    """Render the form, with the limits that the browser may check beforehand."""
    context = {
        "form": form,
        "max_files": settings.UPLOAD_MAX_FILES,
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "max_megabytes": settings.UPLOAD_MAX_BYTES // 2**20,
        "too_large": message("too_large"),
        "unsupported_type": message("unsupported_type"),
    }
    return render(request, "classify/submit.html", context, status=status)


def _hand_in(user: User, form: SubmitForm) -> HttpResponse:
    """Submit one picture, or several as a batch, and lead to its page.

    :raises JobRefusedError: when the picture, or all of them, are not accepted.
    """
    images = form.cleaned_data["images"]
    model, parameters = form.cleaned_data["model"], form.parameters
    if len(images) > 1:
        batch = jobs_submit(
            user=user,
            service=ClassifyService.slug,
            images=[(image.name, image) for image in images],
            model=model,
            parameters=parameters,
        )
        return redirect("classify:batch", batch.id)
    job = job_submit(
        user=user,
        service=ClassifyService.slug,
        image=images[0],
        name=images[0].name,
        model=model,
        parameters=parameters,
    )
    return redirect("classify:job", job.id)


def _job(request: HttpRequest, job_id: uuid.UUID) -> Job:
    """Return a job that the user may see, or answer 404."""
    return get_object_or_404(jobs_visible_to(request.user), id=job_id)


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
    return render(request, "classify/job.html", _job_context(_job(request, job_id)))


@polling_login_required
@require_safe
@never_cache
def job_status(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Return the job's part of the page, or 204 when its state is what the page shows."""
    job = _job(request, job_id)
    if request.GET.get("seen") == job.status:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = _job_context(job) | {"polled": True}
    return render(request, "classify/partials/job.html", context)


@login_required
@require_safe
def job_picture(request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
    """Serve the picture as the worker encoded it anew, never the uploaded file."""
    job = _job(request, job_id)
    try:
        picture = job.display.open("rb")
    except (ValueError, FileNotFoundError) as error:
        raise Http404 from error
    return FileResponse(
        picture,
        content_type="image/jpeg",
        filename="picture.jpg",
        headers={
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Cancel a job that has not ended."""
    job = _job(request, job_id)
    if not job_cancel(job=job):
        messages.info(request, _("The job had already finished."))
    return redirect("classify:job", job.id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask, then erase a job with its pictures."""
    job = _job(request, job_id)
    if request.method != "POST":
        return render(request, "classify/job_delete.html", {"job": job})
    batch_id = job.batch_id
    job_delete(job=job)
    messages.success(request, _("The job and its picture are deleted."))
    return redirect("classify:batch", batch_id) if batch_id else redirect("classify:jobs")


@login_required
@require_safe
@never_cache
def jobs(request: HttpRequest) -> HttpResponse:
    """List the user's jobs, newest first."""
    page = _page(request, jobs_visible_to(request.user))
    return render(request, "classify/jobs.html", {"page": page})


def _page(request: HttpRequest, jobs: QuerySet[Job], *, newest_first: bool = True) -> Page:
    """Return the wanted page of a list; a cursor that is none answers 404."""
    try:
        after, before = (
            uuid.UUID(request.GET[name]) if name in request.GET else None
            for name in ("after", "before")
        )
    except ValueError as error:
        raise Http404 from error
    return jobs_page(jobs, after=after, before=before, newest_first=newest_first)


def _batch(request: HttpRequest, batch_id: uuid.UUID) -> Batch:
    """Return a batch that the user may see, or answer 404."""
    return get_object_or_404(batches_visible_to(request.user), id=batch_id)


def _batch_context(batch: Batch) -> dict[str, Any]:
    """Return the numbers of a batch. ``seen`` tells two states of it apart."""
    counts = batch_counts(batch)
    ended = sum(counts[status] for status in TERMINAL)
    return {
        "batch": batch,
        "counts": [(Status(status), counts[status]) for status in counts if counts[status]],
        "seen": ".".join(str(counts[status]) for status in Status.values),
        "ended": ended,
        "total": ended + sum(counts[status] for status in UNFINISHED),
        "is_finished": ended == sum(counts.values()),
    }


@login_required
@require_safe
@never_cache
def batch_page(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Show a batch: how far it is, and its jobs in the order of submission."""
    batch = _batch(request, batch_id)
    visible = jobs_visible_to(request.user).filter(batch=batch)
    page = _page(request, visible, newest_first=False)
    return render(request, "classify/batch.html", _batch_context(batch) | {"page": page})


@polling_login_required
@require_safe
@never_cache
def batch_status(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Return the numbers of a batch and those rows of the page that have changed since.

    The page tells which states it shows: ``queued`` and ``running`` with the jobs' ids.
    """
    batch = _batch(request, batch_id)
    context = _batch_context(batch)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    shown = {job_id: status for status in UNFINISHED for job_id in request.GET.getlist(status)}
    changed = _changed(request, batch, shown)
    return render(
        request,
        "classify/partials/batch.html",
        context | {"changed": job_rows(changed), "polled": True},
    )


def _changed(request: HttpRequest, batch: Batch, shown: dict[str, Status]) -> list[Job]:
    """Return the jobs whose state is not the one that the page shows."""
    ids = []
    for job_id in list(shown)[:PAGE_SIZE]:
        try:
            ids.append(uuid.UUID(job_id))
        except ValueError as error:
            raise Http404 from error
    found = jobs_visible_to(request.user).filter(batch=batch, id__in=ids)
    return [job for job in found if shown[str(job.id)] != job.status]
