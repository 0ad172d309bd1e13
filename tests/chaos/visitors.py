"""Those who submit, each a process of its own: ``python -m tests.chaos.visitors page|direct …``.

``page`` is a person who signs in and hands in pictures on the site's page. ``direct`` calls
what the page calls, in its own process, so that jobs can be asked to behave in many ways.
"""

import argparse
import io
import random
import re
import resource
import signal
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import django
import httpx
from PIL import Image

from tests.chaos.ledger import Diary, Ledger, Promise

PASSWORD = "correct horse battery"
SLOWEST = 0.2  # seconds that a job may sleep


def picture(shade: int = 0, *, side: int = 48) -> bytes:
    """Return a small valid picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), (shade % 256, 100, 100)).save(buffer, "JPEG")
    return buffer.getvalue()


class Person:
    """Signed in on the page; signs in again when that is lost."""

    def __init__(self, url: str, email: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=30)
        self.email = email
        self.token = ""

    def _sign_in(self) -> str:
        """Sign in; return what the site said if it did not work."""
        page = self.client.get("/accounts/login/")
        if page.status_code != httpx.codes.OK:
            return f"sign-in page {page.status_code}"
        answer = self.client.post(
            "/accounts/login/",
            data={
                "csrfmiddlewaretoken": self.client.cookies["csrftoken"],
                "login": self.email,
                "password": PASSWORD,
            },
        )
        if answer.status_code != httpx.codes.FOUND:
            return f"sign-in {answer.status_code}"
        self.token = self.client.cookies["csrftoken"]
        return ""

    def submit(self, number: int) -> tuple[str, Promise | None]:
        """Hand in a picture; return what the site said, and what it promised."""
        if not self.token and (problem := self._sign_in()):
            return problem, None
        answer = self.client.post(
            "/",
            data={"csrfmiddlewaretoken": self.token, "top_k": "5"},
            files={"images": (f"{number}.jpg", picture(number), "image/jpeg")},
        )
        found = re.fullmatch(r"/jobs/([0-9a-f-]{36})/", answer.headers.get("location", ""))
        if found:
            return "accepted", Promise(id=found[1])
        if answer.status_code in {302, 403}:  # signed out
            self.token = ""
        honest = "" if "retry-after" in answer.headers else " without Retry-After"
        return f"{answer.status_code}{honest}", None


class Caller:
    """Calls the site's own function, with jobs of many kinds."""

    def __init__(self, email: str, directory: Path, seed: int) -> None:
        self.email = email
        self.random = random.Random(seed)
        self.trace = str(directory / "runs")

    def submit(
        self,
        number: int,
        *,
        expect: str = "succeeded",
        lane: str = "",
        **parameters: object,
    ) -> Promise:
        """Submit one job.

        :raises JobRefusedError: when it is refused.
        """
        from accounts.models import User
        from worker.models import Lane
        from worker.services import job_submit

        user, _ = User.objects.get_or_create(email=self.email)
        answer = self.random.randrange(2**50)
        job = job_submit(
            user=user,
            service="null",
            image=io.BytesIO(picture(number)),
            name=f"{number}.jpg",
            model="null",
            parameters={
                "answer": answer,
                "trace": self.trace,
                "sleep": round(self.random.random() ** 4 * SLOWEST, 3),
            }
            | parameters,
            lane=Lane(lane or self.random.choice(Lane.values)),
        )
        return Promise(id=str(job.id), expect=expect, answer=answer)

    def submit_some(self, number: int) -> tuple[str, Promise | None]:
        """Submit a job as :class:`Person` does; every 20th one is a picture that is broken."""
        from django.db import close_old_connections

        from worker.failures import JobRefusedError

        close_old_connections()
        try:
            if number % 20 == 19:
                return "accepted", self.submit(number, do="broken", expect="broken_image")
            return "accepted", self.submit(number)
        except JobRefusedError as refusal:
            return refusal.code, None


def visit(
    submit: Callable[[int], tuple[str, Promise | None]],
    *,
    ledger: Ledger,
    diary: Diary,
    jobs: int,
    pause: float,
    tries: int,
) -> None:
    """Submit until so many jobs are accepted, or tried, or SIGTERM."""
    from django.db import DatabaseError

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    accepted = number = 0
    while accepted < jobs and number < tries and not stop.is_set():
        start = time.time()
        number += 1
        try:
            said, promise = submit(number)
        except (httpx.HTTPError, DatabaseError) as error:
            said, promise = type(error).__name__, None
        if promise is not None:
            ledger.write(promise)
            accepted += 1
        diary.write(start=start, said=said)
        stop.wait(pause if promise else max(pause, 0.5))


def main() -> None:
    """Submit as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["page", "direct"])
    parser.add_argument("name")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--url", default="")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tries", type=int, default=10**9)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--die", choices=["before", "after"])
    parser.add_argument("--largest-file", type=int, help="as when the disk is full")
    parser.add_argument("--clock", type=float, default=0.0, help="hours that it is off")
    options = parser.parse_args()
    if options.clock:
        from tests.chaos.clock import clock_is_off

        clock_is_off(hours=options.clock)
    django.setup()
    ledger = Ledger(options.directory, options.name)
    diary = Diary(options.directory, options.name)
    email = f"{options.name}@example.com"
    if options.largest_file:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.largest_file, resource.RLIM_INFINITY))
    if options.kind == "page":
        submit = Person(options.url, email).submit
    else:
        submit = Caller(email, options.directory, zlib.crc32(options.name.encode())).submit_some
    if options.die:
        from tests.chaos.failpoints import die_when_storing

        def note(ids: Iterable[object]) -> None:
            # What is committed counts, although nobody was told.
            for job_id in ids:
                ledger.write(Promise(id=str(job_id)))

        flag = options.directory / f"{options.name}.die"
        flag.touch()
        die_when_storing(options.die, flag, last_words=note)
    visit(
        submit,
        ledger=ledger,
        diary=diary,
        jobs=options.jobs,
        pause=options.pause,
        tries=options.tries,
    )


if __name__ == "__main__":
    main()
