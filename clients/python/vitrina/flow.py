"""What both clients do, written once: flows yield requests and pauses, and a client performs them.

A flow is a generator. It knows what to send, when to send it again and what the answer means, but
neither how to send nor how to pause; :class:`vitrina.Client` and :class:`vitrina.AsyncClient` do.
"""

import random
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

import httpx

from vitrina.errors import ProblemError, UnreachableError, VitrinaError, retry_after
from vitrina.pictures import Picture

T = TypeVar("T")

LONGEST_PAUSE = 90.0
"""Seconds: a site that asks for more, as when a day's quota is used up, is not asked again."""

FIRST_PAUSE, LAST_PAUSE = 0.5, 8.0


@dataclass(frozen=True)
class Request:
    """Something to ask the site.

    :ivar path: below ``/api/v1/``.
    :ivar wait: seconds that the site may take before it answers.
    :ivar repeatable: whether it does no harm when it arrives twice.
    """

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, Any] | None = None
    pictures: Sequence[tuple[str, Picture]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0
    repeatable: bool = True

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        """Yield the content as httpx takes it, with the pictures open."""
        arguments: dict[str, Any] = {}
        with ExitStack() as files:
            if self.pictures:
                arguments["data"] = self.form
                arguments["files"] = [
                    (name, (picture.file_name, files.enter_context(picture.open())))
                    for name, picture in self.pictures
                ]
            elif self.json is not None:
                arguments["json"] = self.json
            yield arguments


@dataclass(frozen=True)
class Pause:
    """Some seconds to let pass."""

    seconds: float


Step: TypeAlias = Request | Pause
Outcome: TypeAlias = httpx.Response | httpx.TransportError | None
"""What came of a step: an answer, none, or a pause is over."""

Flow: TypeAlias = Generator[Step, Outcome, T]


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A list that comes in pages."""

    request: Request
    kind: type[T]


def send(request: Request, *, url: str, retries: int) -> Flow[httpx.Response]:
    """Ask the site, again where that may help and does no harm.

    :raises ProblemError: when the site refuses.
    :raises UnreachableError: when it does not answer.
    """
    attempt = 0
    while True:
        outcome = yield request
        assert outcome is not None  # noqa: S101 - only pauses have no outcome
        pause = pause_before(attempt, request, outcome) if attempt < retries else None
        if pause is None:
            return answered(outcome, url)
        yield Pause(pause)
        attempt += 1


def pause_before(attempt: int, request: Request, outcome: Outcome) -> float | None:
    """Return after how many seconds to try again; ``None`` when that would not help, or harm."""
    if isinstance(outcome, httpx.TransportError):
        return _backoff(attempt) if _may_go_again(request, outcome) else None
    if outcome is None or not _is_passing(request, outcome):
        return None
    wanted = retry_after(outcome)
    if wanted is None:
        return _backoff(attempt)
    # Later than asked, never sooner, and not all clients at the same moment.
    return wanted + random.uniform(0, 1) if wanted <= LONGEST_PAUSE else None  # noqa: S311


def _may_go_again(request: Request, error: httpx.TransportError) -> bool:
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return False
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return never_sent or request.repeatable


def _is_passing(request: Request, response: httpx.Response) -> bool:
    """Tell whether a refusal may be another one soon."""
    if response.status_code == 429:
        return True
    if not request.repeatable:
        return False
    if response.status_code == 409:
        return ProblemError(response).code == "in_progress"
    return response.status_code in {502, 503, 504}


def _backoff(attempt: int) -> float:
    longest: float = min(LAST_PAUSE, FIRST_PAUSE * 2**attempt)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - against crowds, not against thieves


def answered(outcome: httpx.Response | httpx.TransportError, url: str) -> httpx.Response:
    """Return an answer that is none of refusal.

    :raises ProblemError: when the site refuses.
    :raises UnreachableError: when it did not answer.
    :raises VitrinaError: when the address is another site's, or another's by now.
    """
    if isinstance(outcome, httpx.TransportError):
        raise UnreachableError(url, str(outcome) or type(outcome).__name__) from outcome
    if outcome.status_code >= 400:
        raise ProblemError(outcome)
    if outcome.has_redirect_location:
        raise VitrinaError(f"{url} refers to {outcome.headers['Location']}: use that address.")
    return outcome
