"""The order of the lanes in a worker."""

from kombu.utils.scheduling import cycle_by_name

from project.settings.queue import REDIS_TRANSPORT_OPTIONS
from worker.lanes import BULK_TURN


def order(turns: int) -> list[str]:
    """Return which lane is looked into first, turn by turn, while both have messages."""
    cycle = cycle_by_name(str(REDIS_TRANSPORT_OPTIONS["queue_order_strategy"]))()
    cycle.update(["bulk", "interactive", "worker.host:1"])
    seen = []
    for _ in range(turns):
        canary, first, _ = cycle.consume(3)
        assert canary == "worker.host:1"
        seen.append(first)
        cycle.rotate(first)
    return seen


def test_interactive_goes_first_but_bulk_never_starves() -> None:
    assert order(2 * BULK_TURN) == ([*["interactive"] * (BULK_TURN - 1), "bulk"]) * 2
