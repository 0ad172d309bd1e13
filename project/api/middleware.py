"""Turns what fails below ``/api/`` before or beyond its views into problem documents too."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from project.api.language import language_activate
from project.api.problems import ProblemError, problem_response

_CODES = {
    HTTPStatus.BAD_REQUEST: "malformed",
    HTTPStatus.FORBIDDEN: "permission_denied",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request_too_large",
    HTTPStatus.SERVICE_UNAVAILABLE: "database_away",
}


def is_for_programs(request: HttpRequest) -> bool:
    """Tell whether an address is one of the API, where no answer is a page."""
    return request.path.startswith(("/api/v", "/v2/"))


class ProblemMiddleware:
    """A host that is not ours, a database that is away: other parts answer those, with pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Replace a page that tells of an error."""
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if not is_for_programs(request) or response.status_code < 400:
            return response
        if not is_page:
            return response
        language_activate(request, None)
        code = _CODES.get(HTTPStatus(response.status_code), "internal")
        problem = problem_response(request, ProblemError(code), response.status_code)
        for name in ("Retry-After", "Allow", "Content-Language"):
            if name in response.headers:
                problem.headers[name] = response.headers[name]
        patch_vary_headers(problem, ["Accept-Language"])
        return problem
