"""The page of a batch."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views import polling_login_required
from classify.listing import PAGE_SIZE, Sort, for_rows, job_rows
from classify.views.common import seen, unchanged
from classify.views.context import about
from classify.views.history import page_of
from worker.models import TERMINAL, UNFINISHED, Batch, Job, Status
from worker.outlook import batch_outlook
from worker.selectors import batch_counts, batches_visible_to, jobs_visible_to


def _batch(request: HttpRequest, batch_id: uuid.UUID) -> Batch:
    """Return a batch that the user may see, or answer 404."""
    return get_object_or_404(batches_visible_to(request.user), id=batch_id)


def _time_left(batch: Batch) -> dict[str, Any]:
    """Return about how long the rest of a batch takes."""
    outlook = batch_outlook(batch)
    if outlook is None or outlook.seconds is None or outlook.is_long:
        return {"time_left": ""}
    return {"time_left": about(outlook.seconds)}


def _batch_context(batch: Batch) -> dict[str, Any]:
    """Return the numbers of a batch. ``state`` tells two states of it apart."""
    counts = batch_counts(batch)
    ended = sum(counts[status] for status in TERMINAL)
    return {
        "batch": batch,
        "counts": [(Status(status), counts[status]) for status in counts if counts[status]],
        "state": ".".join(str(counts[status]) for status in Status.values),
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
    page = page_of(request, visible, sort=Sort.OLDEST)
    context = _batch_context(batch) | _time_left(batch) | {"page": page}
    return render(request, "classify/batch.html", context)


@polling_login_required
@require_safe
@never_cache
def batch_status(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Return the numbers of a batch and those rows of the page that have changed since.

    The page tells which states it shows: ``queued`` and ``running`` with the jobs' ids. It is
    answered 304 when the numbers are those that it shows.
    """
    batch = _batch(request, batch_id)
    context = _batch_context(batch)
    if seen(request) == context["state"]:
        return unchanged(context["state"])
    shown = {job_id: status for status in UNFINISHED for job_id in request.GET.getlist(status)}
    changed = _changed(request, batch, shown)
    return render(
        request,
        "classify/partials/batch.html",
        context | _time_left(batch) | {"changed": job_rows(changed), "polled": True},
    )


def _changed(request: HttpRequest, batch: Batch, shown: dict[str, Status]) -> list[Job]:
    """Return the jobs whose state is not the one that the page shows."""
    ids = []
    for job_id in list(shown)[:PAGE_SIZE]:
        try:
            ids.append(uuid.UUID(job_id))
        except ValueError as error:
            raise Http404 from error
    found = for_rows(jobs_visible_to(request.user)).filter(batch=batch, id__in=ids)
    return [job for job in found if shown[str(job.id)] != job.status]
