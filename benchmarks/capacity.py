"""What the measured figures mean for 10, 1,000 and 100,000 images a second: ``docs/scaling.md``.

``python -m benchmarks.capacity --write`` puts the tables into the page; run it when the figures in
``benchmarks/README.md`` have changed. A test compares.
"""

import argparse
import heapq
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from math import ceil, factorial
from pathlib import Path

from benchmarks.report import percentile

FIGURES = Path(__file__).parent / "README.md"
PAGE = Path(__file__).parent.parent / "docs" / "scaling.md"

RATES = (10, 1_000, 100_000)
USED = 0.7
"""Share of the processors that is planned with; what it means for those who wait is simulated."""

CELL = 2_000
"""Images a second of one site with one database: about a quarter of what 32 cores of PostgreSQL
would do by the measured time of an image, as nobody has measured that many here."""

_DAY = 86_400
_SEED = 7
_SIMULATED = 20_000

# Bytes, measured: means of the photographs of the benchmark (500 x 375), what a worker makes of
# them, a finished job's row with its entries in all indexes among 120,000, and PostgreSQL's log.
INPUT, DISPLAY, THUMBNAIL = 44_600, 39_000, 12_200
ROW, WAL = 1_460, 3_480

STORE_WRITES, STORE_READS = 3, 4
"""Requests to a bucket for one image: three files, each after a look whether its name is free, and
the worker's reading."""


@dataclass(frozen=True)
class Constants:
    """Processor time of one image in milliseconds, by what spends it, and what was seen of it.

    :ivar model: decode and inference, in a process that does nothing else.
    :ivar worker: in a worker's process for it, the model's included.
    :ivar leader: in a worker's first process, which passes on the messages.
    :ivar created: in the web, of an image handed in alone through the API.
    :ivar batched: the same of an image in a batch.
    :ivar rate: images a second, end to end, on two cores.
    :ivar two_workers: images a second of two worker processes on two cores.
    """

    model: float
    worker: float
    leader: float
    web: float
    database: float
    redis: float
    created: float
    batched: float
    rate: float
    rate_of_one: float
    idle_p50: float
    loaded_p50: float
    loaded_p95: float
    two_workers: float

    @property
    def whole(self) -> float:
        """Return all of it."""
        return self.worker + self.leader + self.web + self.database + self.redis

    @property
    def each_worker(self) -> float:
        """Return the milliseconds that a worker's process takes for an image, waiting included.

        Two of them share two cores with what they ask: a core is only planned for one.
        """
        return 2000 / self.two_workers


_ROWS = {
    "model": "processor time of one image, ceiling (postgresql)",
    "worker": "processor time of one image, worker's processes (postgresql)",
    "leader": "processor time of one image, worker's first process (postgresql)",
    "web": "processor time of one image, web (postgresql)",
    "database": "processor time of one image, PostgreSQL (postgresql)",
    "redis": "processor time of one image, Redis (postgresql)",
    "created": "web's processor time, one create (postgresql)",
    "batched": "web's processor time, image of a batch of 50 (postgresql)",
    "rate": "end to end, 16 at once (postgresql)",
    "rate_of_one": "end to end, 1 at once (postgresql)",
    "idle_p50": "latency, idle, p50 (postgresql)",
    "loaded_p50": "latency at 70% load, p50 (postgresql)",
    "loaded_p95": "latency at 70% load, p95 (postgresql)",
    "two_workers": "two worker processes (postgresql)",
}


@cache
def constants() -> Constants:
    """Read them from the benchmark's last figures.

    :raises KeyError: when one is not there.
    """
    rows = dict(re.findall(r"^\| \w +\| (.+?) +\| ([\d.]+) ", FIGURES.read_text(), re.MULTILINE))
    return Constants(**{one.name: float(rows[_ROWS[one.name]]) for one in fields(Constants)})


# --- Waiting -----------------------------------------------------------------------------------
def waits(
    *, servers: int, used: float, service: Callable[[random.Random], float], jobs: int = _SIMULATED
) -> list[float]:
    """Simulate jobs that arrive at random and wait for the first free one of some servers.

    :param used: share of the servers' time, below 1.
    :param service: draws how long a job takes; 1 on average.
    :return: how long each waited, as multiples of that.
    """
    chance = random.Random(_SEED)  # noqa: S311 - the same each time
    free = [0.0] * servers
    now, waited = 0.0, []
    for _ in range(jobs):
        now += chance.expovariate(servers * used)
        start = max(now, heapq.heappop(free))
        heapq.heappush(free, start + service(chance))
        waited.append(start - now)
    return waited


def always_the_same(_: random.Random) -> float:
    """Every picture takes as long as every other: nearly so, once it is decoded."""
    return 1.0


def erlang_c(servers: int, used: float) -> float:
    """Return how many must wait where times are random (M/M/c): what the simulation is held to."""
    load = servers * used
    last = load**servers / factorial(servers) / (1 - used)
    return last / (sum(load**n / factorial(n) for n in range(servers)) + last)


# --- Plans -------------------------------------------------------------------------------------
def _cores(milliseconds: float, rate: float) -> str:
    """Return the cores that some processor time of each image wants, parts of one if it is few."""
    wanted = rate * milliseconds / 1000 / USED
    return f"{wanted:.2g}" if wanted < 5 else f"{ceil(wanted):,}"


def plan(rate: float) -> dict[str, str]:
    """Return what a rate wants, as people read it."""
    known = constants()
    return {
        "worker processes, a core each": _cores(known.each_worker, rate),
        "cores for web, one picture a request": _cores(known.web, rate),
        "the same, pictures in batches": _cores(known.web * known.batched / known.created, rate),
        "cores for PostgreSQL": _cores(known.database, rate),
        "cores for Redis": _cores(known.redis, rate),
        "PostgreSQL's log": f"{_short(rate * WAL)}B/s",
        "new rows a day": _short(rate * _DAY),
        "the table of jobs, kept for 30 days": f"{_short(rate * _DAY * 30 * ROW)}B",
        "pictures a day, as in the benchmark": f"{_short(rate * _DAY * _stored())}B",
        "requests to a bucket, a second": _short(rate * (STORE_WRITES + STORE_READS)),
        "sites with a database each": f"{ceil(rate / CELL):,}",
    }


def _stored() -> int:
    return INPUT + DISPLAY + THUMBNAIL


@dataclass(frozen=True)
class Prices:
    """What things cost, in one currency. The defaults are an example; nobody's list has them all.

    :ivar core_hour: of a virtual core with 4 GB.
    :ivar gigabyte_month: kept in a bucket.
    :ivar writes: a thousand requests that store something.
    :ivar reads: a thousand that do not.
    :ivar gigabyte_out: sent to somebody elsewhere.
    """

    core_hour: float = 0.04
    gigabyte_month: float = 0.023
    writes: float = 0.005
    reads: float = 0.0004
    gigabyte_out: float = 0.09


EXAMPLE = Prices()


def costs(prices: Prices, *, images: int = 1_000_000) -> dict[str, tuple[str, float]]:
    """Return what so many images take, and cost."""
    hours = images * constants().whole / 1000 / 3600 / USED
    stored = images * _stored() / 1e9
    rows = images * ROW / 1e9
    out = images * (DISPLAY + THUMBNAIL) / 1e9
    requests = (images * STORE_WRITES / 1000, images * STORE_READS / 1000)
    return {
        "processors": (f"{hours:.1f} core-hours", hours * prices.core_hour),
        "pictures, for a month": (f"{stored:.0f} GB", stored * prices.gigabyte_month),
        "rows, for a month": (f"{rows:.1f} GB", rows * prices.gigabyte_month * 5),
        "requests to a bucket": (
            f"{_short(1000 * sum(requests))}",
            requests[0] * prices.writes + requests[1] * prices.reads,
        ),
        "each picture looked at once": (f"{out:.0f} GB", out * prices.gigabyte_out),
    }


def _short(number: float) -> str:
    """Return a number with two digits or three that count."""
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.3g} "


# --- The page ----------------------------------------------------------------------------------
def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.strip() for cell in line)} |" for line in lines)


def _core_table() -> str:
    known = constants()
    parts = {
        "a worker's process, of it decode and inference alone": known.worker,
        "the worker's first process: messages": known.leader,
        "web": known.web,
        "PostgreSQL": known.database,
        "Redis": known.redis,
        "all": known.whole,
    }
    rows = [[name, f"{ms:.1f} ms", f"{1000 / ms:.0f}"] for name, ms in parts.items()]
    rows[0][1] += f", {known.model:.1f} ms"
    return _table(["of one image", "processor time", "images a second and core"], rows)


def _wait_table() -> str:
    rows = []
    for servers in (2, 8, 64):
        for used in (0.5, USED, 0.9):
            found = waits(servers=servers, used=used, service=always_the_same)
            shares = [f"{percentile(found, share):.2f}" for share in (0.5, 0.95, 0.99)]
            rows.append([str(servers), f"{used:.0%}", *shares])
    return _table(["worker processes", "busy", "half wait at most", "95 %", "99 %"], rows)


def _plan_table() -> str:
    plans = [plan(rate) for rate in RATES]
    rows = [[name, *(one[name] for one in plans)] for name in plans[0]]
    return _table(["", *(f"{rate:,} images/s" for rate in RATES)], rows)


def _cost_table(prices: Prices = EXAMPLE) -> str:
    found = costs(prices)
    rows = [[name, amount, f"{price:.2f}"] for name, (amount, price) in found.items()]
    total = sum(price for _, price in found.values())
    return _table(["a million images", "amount", "cost"], [*rows, ["", "", f"{total:.2f}"]])


TABLES: Mapping[str, Callable[[], str]] = {
    "core": _core_table,
    "waits": _wait_table,
    "plan": _plan_table,
    "costs": _cost_table,
}


def written(page: str) -> str:
    """Return the page with the tables as they are now."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise KeyError(name)
        page = f"{before}{begin}{table()}{end}{after}"
    return page


def main() -> None:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put them into docs/scaling.md")
    for one in fields(Prices):
        name = f"--{one.name.replace('_', '-')}"
        parser.add_argument(name, type=float, default=one.default, metavar="PRICE")
    asked = vars(parser.parse_args())
    if asked.pop("write"):
        PAGE.write_text(written(PAGE.read_text()))
        return
    for name, table in TABLES.items():
        print(f"{name}\n{table()}\n")
    if (prices := Prices(**asked)) != EXAMPLE:
        print(f"costs with your prices\n{_cost_table(prices)}")


if __name__ == "__main__":
    main()
