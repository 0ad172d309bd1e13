"""Settings of a webhook worker that delivers to this machine, where the product refuses to."""

# ruff: noqa: F403, F405 - settings are read with a star, as in project/settings
import os
import ssl
from functools import partial

from django.apps import AppConfig

from project.settings.test import *

INSTALLED_APPS += ["tests.api.local_receivers.LocalReceiversConfig"]

WEBHOOK_PAUSES = (0.1,) * len(WEBHOOK_PAUSES)
SWEEP_INTERVAL /= 20


class LocalReceiversConfig(AppConfig):
    name = "tests.api"
    label = "local_receivers"

    def ready(self) -> None:
        """Have the task deliver to loopback too, and trust a test's own certificate."""
        from worker import tasks
        from worker.webhook_delivery import deliver

        tls = ssl.create_default_context(cafile=os.environ["RECEIVER_CERTIFICATE"])
        allow = {"127.0.0.1", "::1"}
        vars(tasks)["deliver"] = partial(deliver, allow=allow, tls=tls)
