"""Links that show a result to anybody, and the pages that they open."""

import uuid
from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classify.views.common import result_or_404
from classify.views.context import job_context
from classify.views.pictures import picture_response, thumbnail_of
from worker.models import Share
from worker.sharing import share_create, share_find, share_is_genuine, share_revoke

LIFETIMES = {"1": timedelta(days=1), "7": timedelta(days=7), "30": timedelta(days=30)}


@login_required
@require_POST
def create(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Make a link to the result."""
    job = result_or_404(request, job_id)
    lifetime = LIFETIMES.get(request.POST.get("days", ""))
    if lifetime is None:
        raise BadRequest
    if share_create(job=job, lifetime=lifetime) is None:
        messages.error(request, _("This result has too many links. Revoke one first."))
    return _to_links(job.id)


@login_required
@require_POST
def revoke(request: HttpRequest, job_id: uuid.UUID, share_id: uuid.UUID) -> HttpResponse:
    """Make a link open nothing any more."""
    job = result_or_404(request, job_id)
    share_revoke(share=get_object_or_404(job.shares, id=share_id))
    messages.success(request, _("The link opens nothing any more."))
    return _to_links(job.id)


def _to_links(job_id: uuid.UUID) -> HttpResponse:
    """Lead to the job's links."""
    return HttpResponseRedirect(f"{reverse('classify:job', args=[job_id])}#share")


@require_safe
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show a result to whoever has the link: picture and classes, nothing of its owner."""
    if not share_is_genuine(token):
        raise Http404
    share = share_find(token)
    if share is None:
        response = render(request, "classify/share_gone.html", status=HTTPStatus.GONE)
    else:
        picture = request.build_absolute_uri(reverse("classify:shared_picture", args=[token]))
        context = job_context(share.job) | {"share": share, "token": token, "picture": picture}
        response = render(request, "classify/share.html", context)
    return _served(response)


@require_safe
def shared_picture(request: HttpRequest, token: str) -> HttpResponseBase:
    """Serve the picture of a shared result."""
    del request
    return _served(picture_response(_open(token).job.display))


@require_safe
def shared_thumbnail(request: HttpRequest, token: str) -> HttpResponseBase:
    """Serve the small picture of a shared result."""
    del request
    return _served(picture_response(thumbnail_of(_open(token).job)))


def _open(token: str) -> Share:
    """Return the open link of a token, or answer 404."""
    share = share_find(token)
    if share is None:
        raise Http404
    return share


def _served(response: HttpResponseBase) -> HttpResponseBase:
    """Keep what a link opens out of search engines."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
