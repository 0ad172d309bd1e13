"""The Celery application. It only carries messages: ``worker`` holds the jobs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.local")

# By its alias and not by ``broker_transport``, which an address like redis+socket:// overrides.
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "project.transport:Transport"

app = Celery("vitrina")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@contextmanager
def redis_client() -> Iterator[Any]:
    """Open the broker's own client, with the time-outs of the queue's settings.

    :raises kombu.exceptions.OperationalError: when Redis does not answer.
    """
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        yield channel.client
