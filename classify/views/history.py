"""The list of one's own jobs."""

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classify.history import HistoryForm, jobs_found
from classify.listing import Cursor, Page, Sort, jobs_page
from classify.matching import labels_meant
from classify.models import Label
from classify.views.common import user_of
from worker.models import Job
from worker.selectors import batches_visible_to

VIEWS = ("gallery", "list")
VIEW_COOKIE, VIEW_COOKIE_SECONDS = "jobs_view", 365 * 24 * 3600


@login_required
@require_safe
@never_cache
def jobs(request: HttpRequest) -> HttpResponse:
    """List the user's jobs that fit, as a gallery or as a list; the choice is remembered."""
    form = HistoryForm(request.GET)
    found = jobs_found(user=user_of(request), form=form)
    view = _view(request)
    query = form.query
    page = page_of(request, found, sort=form.order)
    context = {
        "form": form,
        "page": page,
        "view": view,
        "views": VIEWS,
        "query": query,
        "keep": f"{query}&" if query else "",
        "chips": _chips(request, form),
        "unknown_class": not page.rows and not labels_meant(form.values.get("q", "")),
    }
    response = render(request, "classify/jobs.html", context)
    if request.GET.get("view") == view:
        response.set_cookie(VIEW_COOKIE, view, VIEW_COOKIE_SECONDS, samesite="Lax", httponly=True)
    return response


def _view(request: HttpRequest) -> str:
    """Return the view that is asked for, or the one that was asked for last."""
    for view in (request.GET.get("view"), request.COOKIES.get(VIEW_COOKIE)):
        if view in VIEWS:
            return view
    return VIEWS[0]


def _chips(request: HttpRequest, form: HistoryForm) -> list[tuple[str, object, str]]:
    """Return what the list is narrowed to: label, value, and the query without it."""
    chips: list[tuple[str, object, str]] = []
    for name, value in form.filters.items():
        field = form.fields[name]
        shown = dict(getattr(field, "choices", ())).get(value, value)
        if name == "label":
            shown = Label.objects.filter(id=value).first() or value
        elif name == "batch":
            batch = batches_visible_to(request.user).filter(id=value).first()
            shown = batch.created_at if batch else value
        chips.append((str(field.label), shown, form.without(name)))
    return chips


def page_of(request: HttpRequest, jobs: QuerySet[Job], *, sort: Sort) -> Page:
    """Return the wanted page of a list; a cursor that is none answers 404."""
    try:
        after, before = (
            Cursor.parse(request.GET[name], sort) if name in request.GET else None
            for name in ("after", "before")
        )
    except ValueError as error:
        raise Http404 from error
    return jobs_page(jobs, sort=sort, after=after, before=before)
