"""Things done to many jobs at once: those that were ticked, or all that were found."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.audit import audit_record
from classify.exports import csv_lines, json_parts, zip_parts
from classify.history import HistoryForm, jobs_found
from classify.models import Label
from classify.selectors import labels_to_choose, models_allowed
from classify.services import CLASSIFY, feedback_set
from classify.views.common import user_of
from classify.views.context import language
from worker.derived import jobs_rerun
from worker.failures import JobRefusedError
from worker.models import Job, Status
from worker.selectors import jobs_listed_for
from worker.services import job_delete

AT_ONCE_MAX = 1_000
"""Jobs that are deleted, asked again or corrected in one go: some seconds of a web process."""

_EXPORTS: dict[str, tuple[Callable[[QuerySet[Job], str], Iterator[bytes]], str]] = {
    "csv": (csv_lines, "text/csv; charset=utf-8"),
    "json": (json_parts, "application/json"),
    "zip": (zip_parts, "application/zip"),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def selected(request: HttpRequest) -> HttpResponseBase:
    """Export jobs, or ask before they are deleted, asked again or corrected, and do it.

    Nobody asks for it with GET but who chose a language or a theme on it: back to the list.
    """
    if request.method != "POST":
        return redirect("classify:jobs")
    action = request.POST.get("action", "")
    jobs = _jobs(request)
    if action in _EXPORTS:
        return _export(action, jobs)
    if action not in _ACTIONS:
        raise BadRequest
    if not jobs.exists():
        messages.info(request, _("Tick some pictures first."))
        return redirect("classify:jobs")
    return _ACTIONS[action](request, jobs)


def _jobs(request: HttpRequest) -> QuerySet[Job]:
    """Return the jobs that are meant, of those that the user may see."""
    if request.POST.get("all"):
        form = HistoryForm(QueryDict(request.POST.get("query", "")))
        return jobs_found(user=user_of(request), form=form)
    try:
        ids = [uuid.UUID(job_id) for job_id in request.POST.getlist("job")]
    except ValueError as error:
        raise BadRequest from error
    return jobs_listed_for(request.user).filter(id__in=ids)


def _export(kind: str, jobs: QuerySet[Job]) -> HttpResponseBase:
    """Stream jobs as a file."""
    audit_record("jobs.exported", kind=kind)
    parts, content_type = _EXPORTS[kind]
    return StreamingHttpResponse(
        parts(jobs, language()),
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="vitrina.{kind}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _ask(request: HttpRequest, jobs: QuerySet[Job], action: str, **context: Any) -> HttpResponse:
    """Show what is about to be done, and to how many."""
    count = jobs[: AT_ONCE_MAX + 1].count()
    context |= {
        "action": action,
        "count": min(count, AT_ONCE_MAX),
        "is_cut": count > AT_ONCE_MAX,
        "ids": [] if request.POST.get("all") else request.POST.getlist("job"),
        "all_found": request.POST.get("all", ""),
        "list_query": request.POST.get("query", ""),
        "few": jobs[:6],
    }
    return render(request, "classify/jobs_selected.html", context)


def _delete(request: HttpRequest, jobs: QuerySet[Job]) -> HttpResponse:
    """Erase jobs with their pictures."""
    if not request.POST.get("sure"):
        return _ask(request, jobs, "delete")
    doomed = list(jobs[:AT_ONCE_MAX])
    for job in doomed:
        job_delete(job=job)
    text = ngettext("%(count)d job is deleted.", "%(count)d jobs are deleted.", len(doomed))
    messages.success(request, text % {"count": len(doomed)})
    return _back(request)


def _rerun(request: HttpRequest, jobs: QuerySet[Job]) -> HttpResponse:
    """Have a model look at pictures once more, as a batch."""
    jobs = jobs.filter(service=CLASSIFY).exclude(input="")
    if not request.POST.get("sure"):
        return _ask(request, jobs, "rerun", models=models_allowed(user_of(request)))
    model = get_object_or_404(models_allowed(user_of(request)), name=request.POST.get("model", ""))
    try:
        batch = jobs_rerun(user=user_of(request), jobs=list(jobs[:AT_ONCE_MAX]), model=model.name)
    except JobRefusedError as refusal:
        messages.error(request, str(refusal.message))
        return _back(request)
    return redirect("classify:batch", batch.id)


def _correct(request: HttpRequest, jobs: QuerySet[Job]) -> HttpResponse:
    """Note that results are right, or which class would be."""
    jobs = jobs.filter(service=CLASSIFY, status=Status.SUCCEEDED)
    query = request.POST.get("q", "").strip()
    answer, label_id = request.POST.get("answer"), request.POST.get("label")
    if answer not in {"right", "wrong"} and not label_id:
        models = list(jobs.order_by().values_list("model", flat=True).distinct()[:2])
        one = models[0] if len(models) == 1 else ""
        choices = labels_to_choose(query, model=one) if query else []
        return _ask(request, jobs, "correct", q=query, choices=choices)
    label = get_object_or_404(Label, id=label_id) if label_id else None
    corrected = list(jobs[:AT_ONCE_MAX])
    for job in corrected:
        feedback_set(job=job, correct=answer == "right", label=label)
    text = ngettext("%(count)d result is noted.", "%(count)d results are noted.", len(corrected))
    messages.success(request, text % {"count": len(corrected)})
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """Lead to the list as it was."""
    query = QueryDict(request.POST.get("query", "")).urlencode()
    response = redirect("classify:jobs")
    if query:
        response["Location"] += f"?{query}"
    return response


_ACTIONS = {"delete": _delete, "rerun": _rerun, "correct": _correct}
