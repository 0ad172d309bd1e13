"""People in threads who hand in pictures on the page, and what an experiment finds with them."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import User
from tests.chaos.ledger import Ledger
from tests.chaos.stage import Stage
from tests.chaos.visitors import PASSWORD, Person

PATIENCE = 600.0


@dataclass
class Finding:
    """What an experiment found.

    :ivar kept: whether the promise was kept within its bounds.
    """

    number: str
    figure: str
    kept: bool


@dataclass
class Crowd:
    """People who submit on the page, in threads.

    :ivar pause: seconds between two submissions of one of them.
    """

    stage: Stage
    name: str
    size: int = 4
    pause: float = 0.0
    seconds: list[float] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)

    def submit_for(self, duration: float) -> None:
        """Submit for a while."""
        end = time.monotonic() + duration
        threads = [
            threading.Thread(target=self._submit, args=(number, end)) for number in range(self.size)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _submit(self, number: int, end: float) -> None:
        person = registered(self.stage, f"{self.name}-{number}")
        ledger = Ledger(self.stage.ledger, f"{self.name}-{number}")
        while time.monotonic() < end:
            start = time.monotonic()
            try:
                said, made = person.submit(number)
            except httpx.HTTPError as error:
                said, made = type(error).__name__, None
            if made:
                ledger.write(made)
            self.seconds.append(time.monotonic() - start)
            self.said[said] += 1
            time.sleep(self.pause)

    @property
    def p99(self) -> float:
        """The time that 99 of 100 submissions take at most, in seconds."""
        return share(0.99, self.seconds)


def registered(stage: Stage, name: str) -> Person:
    """Return somebody who has an account."""
    email = f"{name}@example.com"
    User.objects.get_or_create(email=email, defaults={"password": make_password(PASSWORD)})
    connection.close()
    return Person(stage.url, email)


def share(part: float, seconds: Sequence[float]) -> float:
    """Return the time that a part of all takes at most."""
    return sorted(seconds)[int(part * len(seconds))]
