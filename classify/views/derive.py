"""New jobs from a result: another model's, or one that explains it."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from classify.selectors import models_allowed
from classify.services import explanation_request, job_rerun
from classify.views.common import result_or_404, user_of
from classify.views.context import derived_context, job_context
from worker.failures import JobRefusedError
from worker.models import Job


@login_required
@require_POST
def rerun(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Have another model look at the picture; the page then shows both results."""
    job = result_or_404(request, job_id)
    model = get_object_or_404(models_allowed(user_of(request)), name=request.POST.get("model", ""))
    try:
        job_rerun(user=user_of(request), job=job, model=model.name)
    except JobRefusedError as refusal:
        return _refused(request, job, refusal)
    return _shown(request, job, "models")


@login_required
@require_POST
def explain(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Have it found out what a class of the result hangs on."""
    job = result_or_404(request, job_id)
    label = request.POST.get("label", "")
    if label not in {prediction["id"] for prediction in (job.output or {})["predictions"]}:
        raise Http404
    try:
        explanation_request(user=user_of(request), job=job, label=label)
    except JobRefusedError as refusal:
        return _refused(request, job, refusal)
    return _shown(request, job, "why")


def _shown(request: HttpRequest, job: Job, part: str) -> HttpResponse:
    """Return the parts of the page that change, or lead to the one of them that is waited for."""
    if "HX-Request" in request.headers:
        context = derived_context(request, job) | job_context(job) | {"polled": True}
        return render(request, "classify/partials/derived.html", context)
    return HttpResponseRedirect(f"{reverse('classify:job', args=[job.id])}#{part}")


def _refused(request: HttpRequest, job: Job, refusal: JobRefusedError) -> HttpResponse:
    """Say on the job's page why it was not accepted."""
    messages.error(request, str(refusal.message))
    if "HX-Request" in request.headers:
        return HttpResponseClientRefresh()
    return redirect("classify:job", job.id)
