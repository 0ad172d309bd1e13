"""The list of one's own jobs."""

import uuid

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classify.listing import Page, jobs_page
from worker.models import Job
from worker.selectors import jobs_listed_for


@login_required
@require_safe
@never_cache
def jobs(request: HttpRequest) -> HttpResponse:
    """List the user's jobs, newest first."""
    page = page_of(request, jobs_listed_for(request.user))
    return render(request, "classify/jobs.html", {"page": page})


def page_of(request: HttpRequest, jobs: QuerySet[Job], *, newest_first: bool = True) -> Page:
    """Return the wanted page of a list; a cursor that is none answers 404."""
    try:
        after, before = (
            uuid.UUID(request.GET[name]) if name in request.GET else None
            for name in ("after", "before")
        )
    except ValueError as error:
        raise Http404 from error
    return jobs_page(jobs, after=after, before=before, newest_first=newest_first)
