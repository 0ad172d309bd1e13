"""The client for programs that wait for each answer."""

import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx

from vitrina.endpoint import Blocking
from vitrina.endpoints import Endpoints
from vitrina.endpoints.base import HasId, Parameters, id_of
from vitrina.errors import VitrinaError
from vitrina.events import Watch
from vitrina.flow import Flow, Listing, Outcome, Pause, Step
from vitrina.many import CONCURRENCY, Result
from vitrina.pictures import Picture, Source, picture_of
from vitrina.settings import RETRIES, TIMEOUT, Site
from vitrina.shapes import Event

T = TypeVar("T")


class Client(Endpoints, Blocking):
    """A site, for one account. It may be used by several threads.

    :param url: the site's address; by default that of ``VITRINA_URL``.
    :param token: an API token; by default that of ``VITRINA_TOKEN``; empty for none.
    :param lang: the language of names and messages.
    :param timeout: seconds without a sign of life after which a request has failed.
    :param retries: how often to ask again when that may help and does no harm.
    :param http: how to connect, where proxies or certificates of one's own are needed.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        lang: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        http: httpx.Client | None = None,
    ) -> None:
        self._site = Site.of(url, token, lang, timeout)
        self.url = self._site.url
        self.retries = retries
        self._http = http or httpx.Client()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _run(self, flow: Flow[T]) -> T:
        outcome: Outcome = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                result: T = end.value
                return result
            outcome = self._perform(step)

    def _perform(self, step: Step) -> Outcome:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        with step.opened() as content:
            try:
                return self._http.request(**self._site.arguments(step), **content)
            except httpx.TransportError as error:
                return error

    def _iterate(self, listing: Listing[T]) -> Iterator[T]:
        cursor: str | None = None
        while True:
            results, cursor = self._run(self._page(listing, cursor))
            yield from results
            if cursor is None:
                return

    def events(self, job: HasId | str, *, lang: str | None = None) -> Iterator[Event]:
        """Watch a job: yield each of its states until it has ended."""
        watch = Watch(id_of(job), lang, url=self.url, retries=self.retries)
        pause: float | None = 0
        while pause is not None:
            time.sleep(pause)
            outcome: httpx.Response | httpx.TransportError
            try:
                with self._http.stream(**self._site.arguments(watch.request())) as outcome:
                    if not outcome.is_success:
                        outcome.read()
                    for line in outcome.iter_lines():
                        event = watch.read(line)
                        if event is not None:
                            yield event
            except httpx.TransportError as error:
                outcome = error
            pause = watch.pause(outcome)

    def classify_many(
        self,
        pictures: Iterable[Source | Picture],
        *,
        concurrency: int = CONCURRENCY,
        ordered: bool = False,
        **parameters: Unpack[Parameters],
    ) -> Generator[Result]:
        """Classify any number of pictures, and yield what came of each as soon as it is known.

        A picture that cannot be used, or is not accepted, is a result with an error: the others go
        on. ``pictures`` is asked for more only when there is room.

        :param concurrency: how many are under way at once.
        :param ordered: whether results come in the order of the pictures.
        """
        coming = iter(pictures)
        under_way: deque[Future[Result]] = deque()

        def work(picture: Picture) -> Result:
            try:
                return Result(picture, job=self.classify(picture, **parameters))
            except (VitrinaError, OSError) as error:
                return Result(picture, error=error)

        with ThreadPoolExecutor(concurrency) as pool:
            while True:
                for source in islice(coming, concurrency - len(under_way)):
                    under_way.append(pool.submit(work, picture_of(source)))
                if not under_way:
                    return
                if not ordered:
                    done, _rest = wait(under_way, return_when=FIRST_COMPLETED)
                    under_way = deque(sorted(under_way, key=lambda future: future not in done))
                yield under_way.popleft().result()
