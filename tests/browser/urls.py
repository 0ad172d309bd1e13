"""The site's addresses, and some at which it fails in each way."""

from allauth.core.ratelimit import respond_429
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from project.urls import handler500, urlpatterns

__all__ = ["handler500", "urlpatterns"]

FAILURES = {400: BadRequest, 403: PermissionDenied, 500: RuntimeError, 503: OperationalError}


def fail(request: HttpRequest, status: int) -> HttpResponse:
    """Answer with a status, as the site does when that happens."""
    if status in FAILURES:
        raise FAILURES[status]
    limited: HttpResponse = respond_429(request)
    return limited


urlpatterns = [*urlpatterns, path("fails/<int:status>/", fail)]
