"""Probes: is the process alive, can it serve, and how is it doing?"""

from http import HTTPStatus

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from project.metrics import CONTENT_TYPE_LATEST, exposition, may_read


@require_safe
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process runs."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database does, 503 otherwise. Redis may be away: jobs wait then."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "database unreachable"}, status=503)
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics to whoever has the token, and to staff with the right to look at jobs.

    :raises Http404: for others who are signed in; those who are not get 401.
    """
    if not may_read(request.headers.get("Authorization")):
        user = getattr(request, "user", None)  # nobody has looked whose a request with a token is
        if user is None or not user.is_authenticated:
            challenge = {"WWW-Authenticate": "Bearer"}
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers=challenge)
        if not (user.is_staff and user.has_perm("worker.view_job")):
            raise Http404
    return HttpResponse(exposition(site=True), content_type=CONTENT_TYPE_LATEST)
