"""What the API answers with, as dataclasses; fields that this version does not know are left out.

Nothing here checks values against lists: a site may know states, scopes and events that came
after this client.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

import httpx
import msgspec

from vitrina.errors import JobEndedError, VitrinaError

T = TypeVar("T")

UNFINISHED = frozenset({"queued", "running"})
"""The states of jobs that have not ended."""


def parse(data: Any, kind: type[T]) -> T:
    """Return decoded JSON as a dataclass.

    :raises VitrinaError: when it is something else.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise VitrinaError(f"This is not what a Vitrina answers: {error}") from error


def read(answer: httpx.Response, kind: type[T]) -> T:
    """Return the content of an answer.

    :raises VitrinaError: when it is something else: the address may be another site's.
    """
    try:
        data = answer.json()
    except ValueError as error:
        raise VitrinaError(f"This is not what a Vitrina answers: {answer.url}") from error
    return parse(data, kind)


def as_json(thing: Any) -> Any:
    """Return a dataclass as what JSON is made of."""
    return msgspec.to_builtins(thing)


@dataclass(frozen=True, slots=True)
class Parent:
    """A concept above classes."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A class with a score.

    :ivar id: the WordNet id, which never changes; ``name`` is in the language asked for.
    :ivar score: between 0 and 1.
    """

    id: str
    index: int
    name: str
    score: float
    parents: tuple[Parent, ...] = ()


@dataclass(frozen=True, slots=True)
class UsedModel:
    """The model of a job, exactly, once it has run."""

    name: str
    version: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job failed: for programs, and in words."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Timings:
    """How long what took, in milliseconds."""

    queued_ms: float | None = None
    decode_ms: float | None = None
    predict_ms: float | None = None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class JobImage:
    """The picture that was handed in."""

    name: str
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class JobUrls:
    """Where what is; ``web`` is the page for a person."""

    self: str
    cancel: str
    events: str
    web: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One request of one user to one service on one picture.

    :ivar status: ``queued``, ``running``, ``succeeded``, ``failed``, ``canceled``, ``expired``.
    :ivar output: what the service's jobs end with, once it has succeeded.
    """

    id: str
    service: str
    model: UsedModel
    status: str
    lane: str
    parameters: dict[str, Any]
    output: Any
    error: Failure | None
    timings: Timings
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime
    image: JobImage
    batch: str | None
    urls: JobUrls

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, however."""
        return self.status not in UNFINISHED

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """What a classification found, the best first.

        :raises JobEndedError: when it has ended without a result, or not yet.
        """
        if self.status != "succeeded":
            raise JobEndedError(self)
        return parse(self.output["predictions"], tuple[Prediction, ...])


@dataclass(frozen=True, slots=True)
class BatchUrls:
    """Where what is."""

    self: str
    jobs: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs that were submitted together, with how many of them are in each state."""

    id: str
    service: str
    created_at: datetime
    counts: dict[str, int]
    total: int
    finished: int
    urls: BatchUrls

    @property
    def is_finished(self) -> bool:
        """Whether all of them have ended."""
        return self.finished >= self.total


@dataclass(frozen=True, slots=True)
class Event:
    """A state of a job, as it is told while it is watched."""

    id: str
    type: str
    job: Job


@dataclass(frozen=True, slots=True)
class Label:
    """A class that the models tell apart."""

    id: str
    index: int
    name: str
    synonyms: tuple[str, ...] = ()
    parents: tuple[Parent, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A model that jobs may name."""

    name: str
    version: str
    sha256: str
    is_default: bool = False
    engine: str = ""
    input_size: int | None = None
    licence: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that can be asked for; ``parameters`` is what its jobs take, as JSON Schema."""

    id: str
    name: str
    parameters: dict[str, Any]
    models: tuple[Model, ...] = ()
    urls: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was said of a result: that it is right, or which class it should have been."""

    correct: bool
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, without its secret."""

    id: str
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken(Token):
    """A token that has just been made, with its secret: it is never shown again."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnToken:
    """The token of the client that asks."""

    id: str
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """The account that calls, and what its token may do."""

    email: str
    name: str
    language: str
    date_joined: datetime
    scopes: tuple[str, ...]
    token: OwnToken | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What an account may do."""

    requests_per_minute: int
    jobs_per_minute: int
    jobs_per_day: int
    unfinished_jobs: int
    stored_bytes: int
    image_bytes: int
    images_per_batch: int


@dataclass(frozen=True, slots=True)
class Used:
    """What an account has done."""

    jobs_today: int
    unfinished_jobs: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Day:
    """How many jobs were handed in on a day, in UTC."""

    day: date
    jobs: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Limits, and what is used of them."""

    limits: Limits
    used: Used
    days: tuple[Day, ...] = ()


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told when jobs end, without the secret that signs its messages."""

    id: str
    url: str
    events: tuple[str, ...]
    description: str
    enabled: bool
    created_at: datetime
    disabled_at: datetime | None = None
    disabled_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook(Webhook):
    """A webhook with the secret that signs its messages."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Try:
    """One try to send a message; ``response_status`` is ``None`` when nothing answered."""

    at: datetime
    response_status: int | None
    response_excerpt: str
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one webhook, and what became of it."""

    id: str
    webhook: str
    event: str
    job: str | None
    status: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    response_status: int | None = None
    response_excerpt: str = ""
    duration_ms: float | None = None
    delivered_at: datetime | None = None
    tries: tuple[Try, ...] = ()
    payload: dict[str, Any] = field(default_factory=dict)
