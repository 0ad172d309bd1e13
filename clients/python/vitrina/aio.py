"""The client for programs that do other things while they wait."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from itertools import islice
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx

from vitrina.endpoint import Awaiting
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


class AsyncClient(Endpoints, Awaiting):
    """A site, for one account; takes what :class:`vitrina.Client` takes."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        lang: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._site = Site.of(url, token, lang, timeout)
        self.url = self._site.url
        self.retries = retries
        self._http = http or httpx.AsyncClient()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _run(self, flow: Flow[T]) -> T:
        outcome: Outcome = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                result: T = end.value
                return result
            outcome = await self._perform(step)

    async def _perform(self, step: Step) -> Outcome:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        with step.opened() as content:
            try:
                return await self._http.request(**self._site.arguments(step), **content)
            except httpx.TransportError as error:
                return error

    async def _iterate(self, listing: Listing[T]) -> AsyncIterator[T]:
        cursor: str | None = None
        while True:
            results, cursor = await self._run(self._page(listing, cursor))
            for result in results:
                yield result
            if cursor is None:
                return

    async def events(self, job: HasId | str, *, lang: str | None = None) -> AsyncIterator[Event]:
        """Watch a job: yield each of its states until it has ended."""
        watch = Watch(id_of(job), lang, url=self.url, retries=self.retries)
        pause: float | None = 0
        while pause is not None:
            await asyncio.sleep(pause)
            outcome: httpx.Response | httpx.TransportError
            try:
                async with self._http.stream(**self._site.arguments(watch.request())) as outcome:
                    if not outcome.is_success:
                        await outcome.aread()
                    async for line in outcome.aiter_lines():
                        event = watch.read(line)
                        if event is not None:
                            yield event
            except httpx.TransportError as error:
                outcome = error
            pause = watch.pause(outcome)

    async def classify_many(
        self,
        pictures: Iterable[Source | Picture],
        *,
        concurrency: int = CONCURRENCY,
        ordered: bool = False,
        **parameters: Unpack[Parameters],
    ) -> AsyncGenerator[Result]:
        """Classify any number of pictures, and yield what came of each as soon as it is known.

        A picture that cannot be used, or is not accepted, is a result with an error: the others go
        on. ``pictures`` is asked for more only when there is room.

        :param concurrency: how many are under way at once.
        :param ordered: whether results come in the order of the pictures.
        """
        coming = iter(pictures)
        under_way: deque[asyncio.Task[Result]] = deque()

        async def work(picture: Picture) -> Result:
            try:
                return Result(picture, job=await self.classify(picture, **parameters))
            except (VitrinaError, OSError) as error:
                return Result(picture, error=error)

        try:
            while True:
                for source in islice(coming, concurrency - len(under_way)):
                    under_way.append(asyncio.create_task(work(picture_of(source))))
                if not under_way:
                    return
                if not ordered:
                    done, _rest = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    under_way = deque(sorted(under_way, key=lambda task: task not in done))
                yield await under_way.popleft()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
