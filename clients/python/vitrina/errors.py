"""What can go wrong; every exception of this package is a :class:`VitrinaError`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from vitrina.shapes import Job


class VitrinaError(Exception):
    """Something did not work."""


class UnreachableError(VitrinaError):
    """The site did not answer, also not when it was asked again."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"{url} does not answer: {reason}")


class JobEndedError(VitrinaError):
    """A job has no result: it failed, was canceled, expired, or has not ended.

    :ivar job: the job; its ``error`` says why it failed.
    """

    def __init__(self, job: "Job") -> None:
        self.job = job
        reason = f": {job.error.message} ({job.error.code})" if job.error else ""
        super().__init__(f"Job {job.id} is {job.status}{reason}")


class TooLargeError(VitrinaError):
    """A picture has more bytes than the site takes; it has not been sent."""

    code = "too_large"

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        super().__init__(f"The picture has {size:,} bytes; the site takes up to {limit:,}.")


class NotYetError(VitrinaError, TimeoutError):
    """Time is up and what was waited for has not ended; it goes on all the same."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} has not ended yet.")


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: where it stands (RFC 6901), in words, and for programs."""

    pointer: str
    detail: str
    code: str


class ProblemError(VitrinaError):
    """The site refuses a request, and says why (RFC 9457).

    :ivar code: for programs, for instance ``invalid_token``; ``/api/errors`` lists them.
    :ivar status: the HTTP status.
    :ivar title: the kind of problem in words, ``detail`` this one.
    :ivar errors: each field that is wrong.
    :ivar request_id: what to mention when reporting it.
    :ivar retry_after: seconds after which it may work.
    """

    def __init__(self, response: httpx.Response) -> None:
        body = _document(response)
        self.status = response.status_code
        self.code = str(body.get("code") or f"http_{self.status}")
        self.title = str(body.get("title") or response.reason_phrase)
        self.detail = str(body.get("detail") or self.title)
        self.type = str(body.get("type") or "about:blank")
        self.errors = tuple(_field_errors(body))
        self.request_id = str(body.get("request_id") or response.headers.get("X-Request-Id", ""))
        self.retry_after = retry_after(response)
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        wrong = [f"{error.pointer.removeprefix('#/')}: {error.detail}" for error in self.errors]
        return f"{' '.join(wrong) or self.detail} ({self.status} {self.code})"


def _document(response: httpx.Response) -> Mapping[str, Any]:
    """Return the problem document; nothing when something else, a proxy perhaps, has answered."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _field_errors(body: Mapping[str, Any]) -> list[FieldError]:
    entries = body.get("errors")
    return [
        FieldError(*(str(entry.get(name, "")) for name in ("pointer", "detail", "code")))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, given as such or as a date (RFC 9110)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
