"""What every request passes: it is counted, and while the site is worked on, turned away.

Those who watch the processes are answered before that, however they call the site.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

from project.api.middleware import is_for_programs
from project.api.problems import ProblemError, problem_response
from project.maintenance import is_under_maintenance
from project.metrics import REQUEST_SECONDS, REQUESTS
from project.views import RETRY_AFTER, unavailable

PROBES = {"/health/live", "/health/ready"}
METRICS = "/metrics"

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


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


class ProbesMiddleware:
    """Answers those who watch the processes, whatever they call the site.

    Kubernetes, Prometheus and health checks know a process by its address, which is no allowed
    host. What they are told depends on nothing else of the request, and on no session; during
    maintenance too, which must not be taken for a failure. People who look at the metrics pass on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a probe at once, and let everything else through."""
        path = request.path
        if path in PROBES or (path == METRICS and "Authorization" in request.headers):
            request.resolver_match = match = resolve(path)
            response: HttpResponseBase = match.func(request)
            return response
        return self.get_response(request)


class MaintenanceMiddleware:
    """While the site is worked on, everybody is told so and nothing else happens.

    Answers 503 while ``manage.py maintenance on`` is in force.

    Stands after the one that finds the language, before anything that needs the database more.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let a request through, or say that the site is being worked on."""
        if request.path == METRICS or not is_under_maintenance():
            return self.get_response(request)
        if request.accepts("text/html") and not is_for_programs(request):
            return unavailable("errors/maintenance.html")
        retry = {"Retry-After": str(RETRY_AFTER)}
        return problem_response(request, ProblemError("maintenance", headers=retry))
