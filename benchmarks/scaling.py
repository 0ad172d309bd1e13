"""Row g: one worker process against two, on photographs that wait already."""

from pathlib import Path

from accounts.models import User
from benchmarks.ceiling import ceiling
from benchmarks.jobs import Inputs, seconds_to_run, users_make, worker
from benchmarks.photographs import photographs_read
from benchmarks.plan import MODEL, Plan
from benchmarks.report import Measured, of_rounds

USERS = 8


def measure(plan: Plan, *, models: Path, photographs: Path) -> list[Measured]:
    """Return images per second of one and of two processes; the rounds alternate."""
    users, inputs = users_make(USERS), Inputs(photographs_read(photographs))
    rates: dict[int, list[float]] = {1: [], 2: []}
    bare: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(plan.rounds):
        for processes, found in rates.items():
            with worker(processes=processes):
                _seconds(inputs, users, count=plan.scaled // 5 + 1)
                seconds = _seconds(inputs, users, count=plan.scaled)
                found.append(plan.scaled / seconds)
        with ceiling(models=models, photographs=photographs) as top:
            for processes, found in bare.items():
                found.append(top.images_per_second(plan.ceiling_seconds, processes=processes))
    return [
        of_rounds("g", "one worker process", rates[1], "images/s"),
        of_rounds("g", "two worker processes", rates[2], "images/s"),
        of_rounds("g", "two / one", _ratios(rates), "", at_least=1.7),
        of_rounds("g", "two / one of the ceiling", _ratios(bare), ""),
    ]


def _ratios(rates: dict[int, list[float]]) -> list[float]:
    """Return how much faster two are than one, round by round."""
    return [two / one for one, two in zip(rates[1], rates[2], strict=True)]


def _seconds(inputs: Inputs, users: list[User], *, count: int) -> float:
    """Return the time to classify some photographs."""
    jobs = [
        inputs.job(
            number,
            user=users[number % len(users)],
            service="classify",
            model=MODEL,
            parameters={"top_k": 5},
        )
        for number in range(count)
    ]
    return seconds_to_run(jobs)
