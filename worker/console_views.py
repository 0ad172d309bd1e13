"""The operations console: for staff who may look at jobs. To all others it is not there."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from project.console import panels
from worker.failures import OURS
from worker.models import Job
from worker.operating import AT_ONCE, jobs_retry, service_drain, service_pause, service_resume
from worker.selectors import jobs_dead

View = Callable[[HttpRequest], HttpResponse]

_SERVICE_ACTIONS: dict[str, Callable[..., bool]] = {
    "pause": service_pause,
    "drain": service_drain,
    "resume": service_resume,
}


def _for_operators(view: View) -> View:
    """Show a view to staff with the right to look at jobs."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not (request.user.is_staff and request.user.has_perm("worker.view_job")):
            raise Http404
        return view(request)

    return login_required(guarded)


@require_safe
@never_cache
@_for_operators
def console(request: HttpRequest) -> HttpResponse:
    """Show all panels."""
    context = {"live": panels(live=True), "still": panels(live=False), **_rights(request)}
    return render(request, "console/page.html", context)


@require_safe
@never_cache
@_for_operators
def live(request: HttpRequest) -> HttpResponse:
    """Show the panels that change all the time, for the page to replace its own."""
    context = {"live": panels(live=True), **_rights(request)}
    return render(request, "console/live.html", context)


def _rights(request: HttpRequest) -> dict[str, bool]:
    return {
        "may_operate": request.user.has_perm("worker.change_servicestate"),
        "may_retry": request.user.has_perm("worker.change_job"),
    }


@require_POST
@_for_operators
def service(request: HttpRequest) -> HttpResponse:
    """Pause, drain or resume a service.

    :raises PermissionDenied: without the right to.
    :raises BadRequest: when there is no such service or action.
    """
    if not request.user.has_perm("worker.change_servicestate"):
        raise PermissionDenied
    try:
        action = _SERVICE_ACTIONS[request.POST.get("action", "")]
        action(service=request.POST.get("service", ""))
    except KeyError as error:
        raise BadRequest from error
    messages.success(request, _("Done."))
    return redirect("console")


@require_POST
@_for_operators
def retry(request: HttpRequest) -> HttpResponse:
    """Try again the jobs that failed on our side, for one reason or for all.

    :raises PermissionDenied: without the right to.
    :raises BadRequest: when there is no such reason.
    """
    if not request.user.has_perm("worker.change_job"):
        raise PermissionDenied
    reason = request.POST.get("reason", "")
    if reason and reason not in OURS:
        raise BadRequest
    dead = jobs_dead(Job.objects.filter(error_code=reason) if reason else Job.objects.all())
    count = jobs_retry(jobs=dead.order_by("-id")[:AT_ONCE])
    text = ngettext("%d job is tried again.", "%d jobs are tried again.", count) % count
    messages.success(request, text)
    return redirect("console")
