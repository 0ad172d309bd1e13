"""What the parts of a job's page need."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from classify.explanation import Explanation, explanation_of
from classify.models import Label, Model
from classify.selectors import Shown, models_allowed, outputs_shown
from classify.services import CLASSIFY, COMPARE, EXPLAIN
from classify.verdict import Verdict, verdict_of
from classify.views.common import user_of
from worker.failures import OURS, message
from worker.models import Job, Status
from worker.outlook import jobs_ahead, queue_outlook
from worker.registry import service_get
from worker.selectors import jobs_derived
from worker.sharing import share_token, shares_open

SHOWN_PER_MODEL = 5
"""Classes that a result shows beside that of another model."""


@dataclass(frozen=True)
class Compared:
    """Another model's job on the same picture, with its result once it has one."""

    job: Job
    predictions: list[Shown]
    verdict: Verdict | None
    is_this: bool


def language() -> str:
    """Return the language of the page."""
    return get_language() or settings.LANGUAGE_CODE


def job_context(job: Job) -> dict[str, Any]:
    """Return what the job's own part of the page needs."""
    context: dict[str, Any] = {"job": job, "state": job_state(job)}
    if job.status == Status.SUCCEEDED:
        service = service_get(job.service)
        context["result_template"] = service.result_template
        context.update(service.result_context(job, language()))
    elif job.status == Status.QUEUED:
        outlook = queue_outlook(job)
        context["outlook"] = outlook
        context["outlook_time"] = "" if outlook.seconds is None else about(outlook.seconds)
    if job.error_code:
        context["reason"] = message(job.error_code)
        context["may_retry"] = job.error_code in OURS and job.retry_id is None
    return context


def about(seconds: float) -> str:
    """Return a time to wait as roughly as it is known."""
    if seconds < 10:
        return _("a few seconds")
    if seconds < 90:
        tens = math.ceil(seconds / 10) * 10
        return ngettext("about %(number)d second", "about %(number)d seconds", tens) % {
            "number": tens
        }
    minutes = math.ceil(seconds / 60)
    return ngettext("about %(number)d minute", "about %(number)d minutes", minutes) % {
        "number": minutes
    }


def job_state(job: Job) -> str:
    """Return what tells two states of the job's part of the page apart."""
    return f"{job.status}.{jobs_ahead(job)}" if job.status == Status.QUEUED else job.status


def derived_state(derived: Iterable[Job]) -> str:
    """Return what tells two states of the other jobs' parts of the page apart."""
    return ".".join(other.status for other in derived)


def jobs_shown_with(job: Job) -> QuerySet[Job]:
    """Return the other jobs on a job's picture that its owner has asked for."""
    return jobs_derived(job).exclude(service=COMPARE)


def derived_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """Return what the page tells of a result beyond itself: opinions, other models, links."""
    if job.service != CLASSIFY or job.status != Status.SUCCEEDED:
        return {}
    derived = list(jobs_shown_with(job))
    explaining = [other for other in derived if other.service == EXPLAIN]
    compared = [other for other in derived if other.service == CLASSIFY]
    used = {job.model, *(other.model for other in compared)}
    return {
        "job": job,
        "derived_state": derived_state(derived),
        "derived_waits": any(not other.is_finished for other in derived),
        "compared": _compared(job, compared),
        "other_models": _other_models(request, job, used),
        "feedback": getattr(job, "feedback", None),
        **_why(job, explaining),
        "links": [
            (share, request.build_absolute_uri(reverse("classify:shared", args=[token])))
            for share in shares_open(job)
            for token in [share_token(share)]
        ],
        "api_url": request.build_absolute_uri("/api/v1/services/classify/jobs"),
    }


def _other_models(request: HttpRequest, job: Job, used: set[str]) -> Iterable[Model]:
    """Return the models that can look at the picture, too: none once it is gone."""
    if job.picture_is_gone:
        return ()
    return models_allowed(user_of(request)).exclude(name__in=used)


def _compared(job: Job, others: Sequence[Job]) -> list[Compared]:
    """Return this job and those of other models, if there are any, each with its result."""
    if not others:
        return []
    jobs = [job, *others]
    results = outputs_shown([other.output or {} for other in jobs], language())
    return [
        Compared(
            other,
            predictions=predictions[:SHOWN_PER_MODEL],
            verdict=verdict_of(predictions),
            is_this=other is job,
        )
        for other, predictions in zip(jobs, results, strict=True)
    ]


def _why(job: Job, explaining: Sequence[Job]) -> dict[str, Any]:
    """Return the explanation that was asked for last, or how far it is."""
    if not explaining:
        return {"why_job": None}
    last = explaining[-1]
    context: dict[str, Any] = {"why_job": last}
    if last.status == Status.SUCCEEDED and last.output:
        explanation: Explanation = explanation_of(last.output)
        context["why"] = explanation
        context["why_label"] = Label.objects.filter(id=explanation.label).first()
        context["why_outdated"] = last.model_sha256 != job.model_sha256
    elif last.error_code:
        context["why_reason"] = message(last.error_code)
    return context
