"""Row h: the API. One who waits, two hundred who wait, one who polls, many pictures at once."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tokens import token_create
from benchmarks.ceiling import Ceiling, ceiling
from benchmarks.jobs import wait_for_results
from benchmarks.parts import WEB
from benchmarks.photographs import photographs_read
from benchmarks.place import wait_until
from benchmarks.plan import Plan
from benchmarks.program import Program
from benchmarks.report import Measured, of_rounds, percentile
from benchmarks.site import Site, site
from worker.models import Job, ServiceState

ALLOWED_ABOVE_CEILING_MS = 60.0
ALLOWED_QUERIES = 3
ALLOWED_POLL_MS = 50.0
"""For a poll while as many wait as the plan says: «quick», as people and programs see it."""

WAIT_SECONDS = 60


def measure(plan: Plan, *, models: Path, photographs: Path) -> list[Measured]:
    """Return what the API costs those who wait, and those who do not."""
    files = photographs_read(photographs)
    with site() as running, ceiling(models=models, photographs=photographs) as top:
        user = User.objects.create_user("program@example.com")
        _, secret = token_create(user=user, name="bench")
        program = Program(running.port, secret)
        for file in files[: plan.batch]:
            program.create(file, wait=WAIT_SECONDS)
        return [
            *_waiting_for_one(plan, program, top, files),
            *_polls(plan, program, secret, files[0]),
            *_many_waiting(plan, running, program, secret, files[0]),
            *_batches(plan, running, program, files),
        ]


def _waiting_for_one(
    plan: Plan, program: Program, top: Ceiling, files: Sequence[bytes]
) -> list[Measured]:
    """Return how long a create with ``Prefer: wait`` takes on an idle site."""
    alone, taken, above = [], [], []
    for _ in range(plan.rounds):
        alone.append(1000 / top.images_per_second(plan.ceiling_seconds, processes=1))
        times = []
        for number in range(plan.single):
            start = time.perf_counter()
            status = program.create(files[number % len(files)], wait=WAIT_SECONDS)[0]
            times.append((time.perf_counter() - start) * 1000)
            _expect(status, 201)
        taken += times
        above.append(median(times) - alone[-1])
    name = "create with «Prefer: wait», idle"
    return [
        of_rounds("h", "time of one image alone", alone, "ms"),
        Measured("h", f"{name}, p50", median(taken), "ms"),
        Measured("h", f"{name}, p95", percentile(taken, 0.95), "ms"),
        of_rounds("h", f"{name}, p50 above that", above, "ms", at_most=ALLOWED_ABOVE_CEILING_MS),
    ]


def _polls(plan: Plan, program: Program, secret: str, file: bytes) -> list[Measured]:
    """Return what a poll without change costs."""
    job = program.create(file, wait=WAIT_SECONDS)[1]["id"]
    times = _poll_times(program, job, count=plan.polls)
    path, bearer = f"/api/v1/jobs/{job}", {"Authorization": f"Bearer {secret}"}
    inside = Client(headers={**bearer, "Host": "127.0.0.1"})
    etag = inside.get(path)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        _expect(inside.get(path, headers={"If-None-Match": etag}).status_code, 304)
    return [
        Measured("h", "poll without change, p50", median(times), "ms"),
        Measured(
            "h", "poll without change", len(queries), "queries", at_most=float(ALLOWED_QUERIES)
        ),
    ]


def _poll_times(program: Program, job: str, *, count: int) -> list[float]:
    """Return the milliseconds of polls, one after the other."""
    etag = program.get(f"/api/v1/jobs/{job}")[2]["ETag"]
    times = []
    for _ in range(count):
        start = time.perf_counter()
        status = program.get(f"/api/v1/jobs/{job}", {"If-None-Match": etag})[0]
        times.append((time.perf_counter() - start) * 1000)
        _expect(status, 304)
    return times


def _many_waiting(
    plan: Plan, running: Site, program: Program, secret: str, file: bytes
) -> list[Measured]:
    """Return how others fare while many wait, half of them for an answer, half for events."""
    job = program.create(file, wait=WAIT_SECONDS)[1]["id"]
    before = _memory(running)
    with _waiting(plan.waiting, running.port, secret, file) as ends:
        memory = (_memory(running) - before) / plan.waiting
        used = running.processor_seconds()[WEB]
        start = time.perf_counter()
        threading.Event().wait(plan.ceiling_seconds)
        share = (running.processor_seconds()[WEB] - used) / (time.perf_counter() - start)
        times = _poll_times(program, job, count=plan.polls)
    late = [future.result() for future in ends]
    name = f"{plan.waiting} wait"
    return [
        Measured("h", f"{name}: poll, p50", median(times), "ms", at_most=ALLOWED_POLL_MS),
        Measured("h", f"{name}: poll, p99", percentile(times, 0.99), "ms"),
        Measured("h", f"{name}: the web's processor time, of one core", share, ""),
        Measured("h", f"{name}: memory of each", memory / 1024, "kB"),
        Measured("h", f"{name}: all have their answer after", max(late), "s"),
    ]


@contextmanager
def _waiting(count: int, port: int, secret: str, file: bytes) -> Iterator[list["Future[float]"]]:
    """Have many wait for jobs of a paused service; it goes on when the block ends.

    Yields what becomes the seconds from then to each answer.
    """
    resumed: list[float] = []

    def wait(number: int) -> float:
        client = Program(port, secret)
        if number % 2:
            _expect(client.create(file, wait=WAIT_SECONDS)[0], 201)
        else:
            job = client.create(file)[1]["id"]
            _expect(client.get(f"/api/v1/jobs/{job}/events")[0], 200)
        return time.perf_counter() - resumed[0]

    ServiceState.objects.create(service="classify", paused=True)
    stored = Job.objects.count() + count
    with ThreadPoolExecutor(count) as pool:
        ends = [pool.submit(wait, number) for number in range(count)]
        wait_until(lambda: Job.objects.count() == stored, seconds=60, what="those who wait")
        yield ends
        resumed.append(time.perf_counter())
        ServiceState.objects.all().delete()
    wait_for_results()


def _memory(running: Site) -> int:
    """Return the bytes that the site's processes do not share with others."""
    children = running.supervisor.children(recursive=True)
    return sum(process.memory_full_info().uss for process in children if process.is_running())


def _batches(plan: Plan, running: Site, program: Program, files: Sequence[bytes]) -> list[Measured]:
    """Return what a picture of one batch costs the web, and one that is created alone."""
    together, alone, ratios = [], [], []
    pictures = [files[number % len(files)] for number in range(plan.batch)]
    for _ in range(plan.rounds):
        together.append(_web_ms(running, lambda: program.batch(pictures)) / plan.batch)
        wait_for_results()
        alone.append(
            _web_ms(running, lambda: [program.create(picture) for picture in pictures]) / plan.batch
        )
        wait_for_results()
        ratios.append(together[-1] / alone[-1])
    return [
        of_rounds("h", "web's processor time, one create", alone, "ms"),
        of_rounds("h", f"web's processor time, image of a batch of {plan.batch}", together, "ms"),
        of_rounds("h", "image of a batch / create", ratios, "", at_most=1.0),
    ]


def _web_ms(running: Site, action: Callable[[], object]) -> float:
    """Return the processor time that the web uses for something."""
    before = running.processor_seconds()[WEB]
    action()
    return (running.processor_seconds()[WEB] - before) * 1000


def _expect(status: int, expected: int) -> None:
    """Stop when an answer is another one.

    :raises RuntimeError: when it is.
    """
    if status != expected:
        raise RuntimeError(f"expected {expected}, got {status}")
