"""The Celery application. It only carries messages: ``worker`` holds the jobs."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.local")

# By its alias and not by ``broker_transport``, which an address like redis+socket:// overrides.
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "project.transport:Transport"
TRANSPORT_ALIASES["sentinel"] = "project.transport:SentinelTransport"

app = Celery("vitrina")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_rests_until = 0.0


def send(task: str, *arguments: object, queue: str) -> None:
    """Publish a message.

    When Redis has not answered, it is not asked again for a moment, and then by one thread only:
    each one that asks waits as long as the time-out lasts, with a client behind it.

    :raises kombu.exceptions.OperationalError: when Redis does not take it, or rests.
    """
    global _rests_until  # noqa: PLW0603 - it is one Redis for the whole process
    now = time.monotonic()
    if now < _rests_until:
        raise OperationalError("Redis did not answer a moment ago")
    if _rests_until:
        _rests_until = now + settings.REDIS_REST.total_seconds()
    try:
        app.send_task(task, args=arguments, queue=queue, retry=False)
    except (OperationalError, OSError):
        _rests_until = time.monotonic() + settings.REDIS_REST.total_seconds()
        raise
    _rests_until = 0.0


@contextmanager
def redis_client() -> Iterator[Any]:
    """Open the broker's own client, with the time-outs of the queue's settings.

    :raises kombu.exceptions.OperationalError: when Redis does not answer.
    """
    from redis.exceptions import RedisError

    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        try:
            yield channel.client
        except RedisError as error:  # it answered when the channel was opened, and no more
            raise OperationalError(str(error)) from error
