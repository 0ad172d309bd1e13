"""How much is measured: everything, a quick look, or just enough to see that it works."""

from dataclasses import asdict, dataclass
from typing import Any, Self

MODEL = "efficientnet-lite2-int8"


@dataclass(frozen=True)
class Plan:
    """The amounts of one run.

    :ivar photographs: distinct photographs of 500 x 375 pixels.
    :ivar rounds: how often each measurement is repeated; its median counts.
    :ivar ceiling_seconds: length of one round of the ceiling.
    :ivar posted: photographs posted in one round; so many that it hardly counts how a round begins
        and ends, with processes that wait.
    :ivar large: photographs of 12 megapixels posted in one round.
    :ivar queued: jobs of the null service in one round.
    :ivar scaled: photographs run in one round with one and with two worker processes.
    :ivar single: photographs posted one at a time for the idle latency.
    :ivar loaded_seconds: how long the load for the latency under load lasts.
    :ivar waiting: clients of the API that wait at once.
    :ivar polls: polls of one measurement.
    :ivar batch: photographs of one batch.
    :ivar sizes: rows in the table of jobs.
    :ivar repeats: how often one operation is timed at each size.
    """

    photographs: int = 240
    rounds: int = 5
    ceiling_seconds: float = 3
    posted: int = 600
    large: int = 32
    queued: int = 1_500
    scaled: int = 200
    single: int = 60
    loaded_seconds: float = 30
    waiting: int = 200
    polls: int = 400
    batch: int = 50
    sizes: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    repeats: int = 60

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(**values | {"sizes": tuple(values["sizes"])})

    def to_json(self) -> dict[str, Any]:
        """Return the amounts in a form that JSON knows."""
        return asdict(self)


FULL = Plan()
QUICK = Plan(
    rounds=3,
    ceiling_seconds=2,
    posted=120,
    large=12,
    queued=600,
    scaled=100,
    single=30,
    loaded_seconds=12,
    polls=200,
    sizes=(1_000, 100_000),
    repeats=30,
)
TINY = Plan(
    photographs=4,
    rounds=1,
    ceiling_seconds=0.2,
    posted=6,
    large=2,
    queued=20,
    scaled=4,
    single=2,
    loaded_seconds=0.5,
    waiting=4,
    polls=2,
    batch=3,
    sizes=(100, 200),
    repeats=2,
)
