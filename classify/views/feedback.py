"""Right or wrong: what its owner says of a result."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.views import polling_login_required
from classify.models import Label
from classify.selectors import labels_to_choose
from classify.services import feedback_clear, feedback_set
from classify.views.common import result_or_404
from classify.views.context import job_context


@login_required
@require_POST
def feedback(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Note whether the result is right, or which class would be."""
    job = result_or_404(request, job_id)
    answer = request.POST.get("answer")
    if answer == "forget":
        feedback_clear(job=job)
    elif answer in {"right", "wrong"}:
        feedback_set(job=job, correct=answer == "right")
    else:
        label = get_object_or_404(Label, id=request.POST.get("label", ""))
        feedback_set(job=job, correct=False, label=label)
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(f"{reverse('classify:job', args=[job.id])}#feedback")
    job = result_or_404(request, job_id)
    context = job_context(job) | {"feedback": getattr(job, "feedback", None), "spoken": True}
    return render(request, "classify/partials/feedback.html", context)


@polling_login_required
@require_safe
@never_cache
def choose(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Offer classes to choose the right one from: those of the result, or those searched for.

    A page of its own; with JavaScript a part of the job's page, of which only the list changes.
    """
    job = result_or_404(request, job_id)
    query = request.GET.get("q", "").strip()
    context = job_context(job) | {"query": query}
    if query:
        context["choices"] = labels_to_choose(query, model=job.model)
    template = "classify/job_choose.html"
    if "HX-Request" in request.headers:
        part = "choices" if request.headers.get("HX-Target") == "choices" else "choose"
        template = f"classify/partials/{part}.html"
    return render(request, template, context)
