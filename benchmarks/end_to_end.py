"""Rows b and d: photographs posted over HTTP until every result is stored; how long one takes."""

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.browser import Browser
from benchmarks.ceiling import Ceiling, ceiling
from benchmarks.jobs import wait_for_results
from benchmarks.photographs import photographs_read
from benchmarks.plan import MODEL, Plan
from benchmarks.report import Measured, of_rounds, percentile
from benchmarks.site import Site, site
from worker.models import Job

CONCURRENCY = 16
TIME_OF_ONE = "processor time of one image"
LOAD = 0.7
PAUSES = (0.05, 0.15)
"""Seconds between two photographs of the idle latency, at random: in step with no timer."""

ALLOWED_MS = 40.0
_SEED = 5


def measure(plan: Plan, *, models: Path, photographs: Path) -> list[Measured]:
    """Return rates beside the ceiling of the same minute, and latencies."""
    with crowd(photographs) as people, ceiling(models=models, photographs=photographs) as top:
        people.seconds_to_store(plan.posted // 4 + 1, at_once=CONCURRENCY)
        figures = _rates(plan, people, top)
        capacity = next(figure.value for figure in figures if figure.name == _rate_name(16))
        return [*figures, *_latencies(plan, people, top, capacity=capacity)]


def _rates(plan: Plan, people: "Crowd", top: Ceiling) -> list[Measured]:
    """Return images per second; each round has a ceiling of its own beside it."""
    ceilings, large_ceilings, large, bare = [], [], [], []
    worked: list[dict[str, float]] = []
    rates: dict[int, list[float]] = {1: [], CONCURRENCY: []}
    for _ in range(plan.rounds):
        ceilings.append(top.images_per_second(plan.ceiling_seconds))
        bare.append(top.processor_ms)
        for at_once, found in rates.items():
            before = people.site.processor_seconds()
            found.append(plan.posted / people.seconds_to_store(plan.posted, at_once=at_once))
        worked.append(_since(before, people.site.processor_seconds(), images=plan.posted))
        large_ceilings.append(top.images_per_second(plan.ceiling_seconds, large=True))
        seconds = people.seconds_to_store(plan.large, at_once=CONCURRENCY, large=True)
        large.append(plan.large / seconds)
    figures = [of_rounds("b", "ceiling beside it", ceilings, "images/s")]
    for at_once, found in rates.items():
        target = {"at_least": 0.5} if at_once == CONCURRENCY else {}
        shares = _shares(found, ceilings)
        figures += [
            of_rounds("b", _rate_name(at_once), found, "images/s"),
            of_rounds("b", f"{_rate_name(at_once)}, of the ceiling", shares, "", **target),
        ]
    return [
        *figures,
        of_rounds("b", f"{TIME_OF_ONE}, ceiling", bare, "ms"),
        *_parts(worked),
        of_rounds("b", "12-megapixel images, 16 at once", large, "images/s"),
        of_rounds("b", "12-megapixel, of their ceiling", _shares(large, large_ceilings), ""),
    ]


def _since(
    before: Mapping[str, float], after: Mapping[str, float], *, images: int
) -> dict[str, float]:
    """Return the milliseconds that each part has used for an image since then."""
    return {part: 1000 * (after[part] - before[part]) / images for part in after}


def _parts(worked: Sequence[Mapping[str, float]]) -> list[Measured]:
    """Return the processor time of an image by who spends it, and of all of them."""
    figures = [
        of_rounds("b", f"{TIME_OF_ONE}, {part}", [one[part] for one in worked], "ms")
        for part in worked[0]
    ]
    sums = [sum(one.values()) for one in worked]
    return [*figures, of_rounds("b", f"{TIME_OF_ONE}, all of it", sums, "ms")]


def _rate_name(at_once: int) -> str:
    """Return the name of a rate."""
    return f"end to end, {at_once} at once"


def _shares(rates: Sequence[float], ceilings: Sequence[float]) -> list[float]:
    """Return what share of the ceiling each round reached."""
    return [rate / most for rate, most in zip(rates, ceilings, strict=True)]


def _latencies(plan: Plan, people: "Crowd", top: Ceiling, *, capacity: float) -> list[Measured]:
    """Return times from submission to stored result, when idle and under load."""
    seconds = plan.ceiling_seconds
    bare = median(1000 / top.images_per_second(seconds, processes=1) for _ in range(plan.rounds))
    idle = people.latencies_one_by_one(plan.single)
    loaded = people.latencies_at(LOAD * capacity, seconds=plan.loaded_seconds)
    over = median(idle) - bare
    return [
        *_percentiles("latency, idle", idle),
        Measured("d", "time of one image alone", bare, "ms"),
        Measured("d", "latency, idle p50, above that", over, "ms", at_most=ALLOWED_MS),
        *_percentiles(f"latency at {LOAD:.0%} load", loaded),
    ]


def _percentiles(name: str, values: Sequence[float]) -> list[Measured]:
    """Return the three percentiles that are told."""
    return [
        Measured("d", f"{name}, p{share:.0f}", percentile(values, share / 100), "ms")
        for share in (50, 95, 99)
    ]


@contextmanager
def crowd(photographs: Path) -> Iterator["Crowd"]:
    """Run the site, with people who have signed in."""
    with site() as running:
        browsers = running.browsers(CONCURRENCY)
        try:
            yield Crowd(running, browsers, photographs)
        finally:
            for browser in browsers:
                browser.close()


class Crowd:
    """People who post photographs to a site."""

    def __init__(self, running: Site, browsers: Sequence[Browser], photographs: Path) -> None:
        self.site = running
        self._browsers = browsers
        self._files = {large: photographs_read(photographs, large=large) for large in (False, True)}
        self._random = np.random.default_rng(_SEED)

    def seconds_to_store(self, count: int, *, at_once: int, large: bool = False) -> float:
        """Post photographs as fast as they are taken, and return the time to the last result."""
        files = self._files[large]
        start = time.perf_counter()
        self._all(
            count,
            lambda browser, number: browser.submit(files[number % len(files)], model=MODEL),
            at_once=at_once,
        )
        wait_for_results()
        return time.perf_counter() - start

    def latencies_one_by_one(self, count: int) -> list[float]:
        """Return the milliseconds of photographs that are posted to an idle site."""
        files, browser = self._files[False], self._browsers[0]
        submitted = []
        for number in range(count):
            time.sleep(self._random.uniform(*PAUSES))
            start = time.time()
            submitted.append((browser.submit(files[number % len(files)], model=MODEL), start))
            wait_for_results()
        return _milliseconds(submitted)

    def latencies_at(self, rate: float, *, seconds: float) -> list[float]:
        """Return the milliseconds of photographs that come at random, so many a second.

        Counted from the moment at which each should be posted, so that a site that makes
        people wait does not look better for it.
        """
        files = self._files[False]
        gaps = self._random.exponential(1 / rate, max(2, int(rate * seconds)))
        due = [time.time() + float(moment) for moment in np.cumsum(gaps)]
        submitted: list[tuple[uuid.UUID, float]] = []

        def post(browser: Browser, number: int) -> None:
            time.sleep(max(0.0, due[number] - time.time()))
            job = browser.submit(files[number % len(files)], model=MODEL)
            submitted.append((job, due[number]))

        self._all(len(due), post, at_once=CONCURRENCY)
        wait_for_results()
        return _milliseconds(submitted)

    def _all(self, count: int, post: Callable[[Browser, int], object], *, at_once: int) -> None:
        """Post so many, some at once, one connection each."""
        numbers, lock = itertools.count(), threading.Lock()

        def person(browser: Browser) -> None:
            while True:
                with lock:
                    number = next(numbers)
                if number >= count:
                    return
                post(browser, number)

        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(person, self._browsers[:at_once]))


def _milliseconds(submitted: Sequence[tuple[uuid.UUID, float]]) -> list[float]:
    """Return the times from submission to the moment at which the result was stored."""
    stored = Job.objects.values_list("id", "finished_at")
    ends = {job: end.timestamp() for job, end in stored if end is not None}
    return [(ends[job] - start) * 1000 for job, start in submitted]
