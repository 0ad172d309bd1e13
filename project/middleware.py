"""What every request passes: it is counted, and while the site is worked on, turned away."""

import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from project.api.middleware import is_for_programs
from project.api.problems import ProblemError, problem_response
from project.metrics import REQUEST_SECONDS, REQUESTS
from project.views import RETRY_AFTER, unavailable

OPEN = ("/health/", "/metrics")
"""Stay up: whoever watches the processes must not take maintenance for a failure."""

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def maintenance_file() -> Path:
    """Return the file whose existence means maintenance; every process on the host sees it."""
    return Path(settings.DATA_DIR) / "maintenance"


class MetricsMiddleware:
    """Counts requests. Its labels have few values, whatever is asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Count a request once it is answered; the time for sending the answer is not in it."""
        start = time.perf_counter()
        response = self.get_response(request)
        route = request.resolver_match.view_name if request.resolver_match else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).inc()
        REQUEST_SECONDS.labels(route, method).observe(time.perf_counter() - start)
        return response


class MaintenanceMiddleware:
    """While the site is worked on, everybody is told so and nothing else happens.

    Answers 503 while ``manage.py maintenance on`` is in force.

    Stands after the one that finds the language, before anything that needs the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let a request through, or say that the site is being worked on."""
        if not maintenance_file().exists() or request.path.startswith(OPEN):
            return self.get_response(request)
        if request.accepts("text/html") and not is_for_programs(request):
            return unavailable("errors/maintenance.html")
        retry = {"Retry-After": str(RETRY_AFTER)}
        return problem_response(request, ProblemError("maintenance", headers=retry))
