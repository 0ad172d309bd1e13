"""The list of faults, which the modules ``faults_…`` fill."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.chaos.stage import Stage

Inject = Callable[[Stage, Random], None]


@dataclass(frozen=True)
class Fault:
    """Something that happens to a site; it is over when ``inject`` returns.

    :ivar number: as in the table of docs/promises.md.
    :ivar short: whether the short run does it too.
    """

    number: str
    inject: Inject
    needs_postgres: bool
    short: bool

    @property
    def title(self) -> str:
        """The first line of the function's docstring, without its full stop."""
        return (self.inject.__doc__ or "").strip().splitlines()[0].rstrip(".")


FAULTS: list[Fault] = []


def fault(
    number: str,
    *,
    needs_postgres: bool = False,
    short: bool = False,
) -> Callable[[Inject], Inject]:
    """Add a function to the list of faults."""

    def add(inject: Inject) -> Inject:
        FAULTS.append(Fault(number, inject, needs_postgres, short))
        return inject

    return add


ELSEWHERE = {
    "F16": "every run has jobs that hang, in Python and in C: see `poison` in tests/chaos/storm.py",
    "F17": "every run has jobs that want too much memory: the same place",
    "F21": "a site without its model accepts, but runs nothing: tests/chaos/test_site.py",
    "F23": "slow connections and half uploads: an experiment, see tests/chaos/slow.py",
}
"""Faults that are not drawn, and why."""
