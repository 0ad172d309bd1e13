"""Celery's way to Redis, so that neither a broken message nor a lost answer stops a worker.

It takes the place of kombu's own: see :mod:`project.celery`. What it changes was read in
kombu 5.7 and is held by tests/chaos/test_site.py, which fails when a later one does otherwise.
"""

import logging
from importlib import import_module
from typing import Any

virtual: Any = import_module("kombu.transport.virtual")
redis: Any = import_module("kombu.transport.redis")

logger = logging.getLogger(__name__)

BROKEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What comes of unpacking a message that is none of ours, or none at all."""


class Message(virtual.Message):  # type: ignore[misc]
    """A message; what it says of limits and dates does not count."""

    def __init__(self, payload: dict[str, Any], **options: Any) -> None:
        """Leave the worker's own limits to hold, which are the only ones here.

        Celery trusts those of a message: wrong ones cost a place in its pool for good.
        """
        super().__init__(payload, **options)
        for name in ("timelimit", "eta", "expires"):
            self.headers.pop(name, None)


class QoS(redis.QoS):  # type: ignore[misc]
    """Counts the messages that a worker holds; it takes no more than it may hold."""

    def ack(self, delivery_tag: str) -> None:
        """Count a message as done, also when Redis cannot be told.

        Kombu would count it as held for ever then, and the worker take no other. Redis delivers
        it once more after a while: that finds nothing to claim.
        """
        virtual.QoS.ack(self, delivery_tag)
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Count a message as refused, also when Redis cannot be told."""
        virtual.QoS.ack(self, delivery_tag)
        super().reject(delivery_tag, requeue=requeue)


class _Reader:
    """Reads messages, whatever kind of channel they come by."""

    Message = Message
    QoS = QoS
    qos: Any

    def _brpop_read(self, **options: Any) -> Any:
        """Read a message and hand it on; drop it when it is broken.

        Kombu would end the worker, which puts the message back for the next one to end by. If
        there is a job to it, the sweeper rings for it again.
        """
        held = dict(self.qos._delivered)  # noqa: SLF001
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except BROKEN:
            logger.exception("dropped a message that is none of ours")
            for tag, message in list(self.qos._delivered.items()):  # noqa: SLF001
                if held.get(tag) is not message:  # two may have the same tag
                    self.qos.ack(tag)
            return True


class Channel(_Reader, redis.Channel):  # type: ignore[misc]
    """Reads from one Redis."""


class SentinelChannel(_Reader, redis.SentinelChannel):  # type: ignore[misc]
    """Reads from whichever Redis the sentinels say is the primary."""


class Transport(redis.Transport):  # type: ignore[misc]
    """Goes in place of kombu's."""

    Channel = Channel


class SentinelTransport(redis.SentinelTransport):  # type: ignore[misc]
    """The same with sentinels."""

    Channel = SentinelChannel
