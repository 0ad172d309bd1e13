"""The settings of ``make run``, and the null service, which costs only the queue's own work."""

from project.settings.local import *  # noqa: F403

INSTALLED_APPS += ["tests.null"]  # noqa: F405
