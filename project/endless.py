"""What gunicorn refuses before Django sees it: an address that is too long for one of ours."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from gunicorn.http.errors import LimitRequestLine
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from project.api.problems import ProblemError, problem_response


class Worker(ThreadWorker):  # type: ignore[misc]
    """Answers an endless address like any other at which nothing is: gunicorn sends a page."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer 404 with a problem document, in the site's language as no header was read."""
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        request = HttpRequest()
        request.META["HTTP_HOST"] = ""  # nor was this
        answer = problem_response(request, ProblemError("not_found"))
        try:
            write_nonblock(client, _written(answer))
        except OSError:
            self.log.debug("Failed to send error message.")


def _written(answer: HttpResponse) -> bytes:
    """Return an answer as it is sent."""
    answer["Content-Length"] = str(len(answer.content))
    answer["Connection"] = "close"
    head = f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}\r\n".encode()
    return head + answer.serialize_headers() + b"\r\n\r\n" + answer.content
