"""The order in which a worker looks into the lanes. No Django here: kombu loads it by name."""

from collections.abc import Iterable

BULK_TURN = 4
"""Every so many messages, bulk is looked at first, so that it never starves."""


class InteractiveFirst:
    """Kombu's ``queue_order_strategy``: interactive before bulk, but for every fourth turn."""

    def __init__(self) -> None:
        self.queues: list[str] = []
        self.turn = 0

    def update(self, queues: Iterable[str]) -> None:
        """Take note of the queues that are consumed."""
        self.queues = list(queues)

    def consume(self, count: int) -> list[str]:
        """Return the queues in the order to look into them now."""
        bulk_first = self.turn % BULK_TURN == BULK_TURN - 1
        order = ("bulk", "interactive") if bulk_first else ("interactive", "bulk")
        # What is neither, a worker's canary, comes before both.
        rank = {queue: place for place, queue in enumerate(order, start=1)}
        return sorted(self.queues, key=lambda queue: rank.get(queue, 0))[:count]

    def rotate(self, queue: str) -> str:
        """Take note of the queue from which a message came."""
        self.turn += 1
        return queue
