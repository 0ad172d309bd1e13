"""The site under trouble, with the time limits of the product."""

# ruff: noqa: F403, F405 - settings are read with a star, as in project/settings
from project.settings import queue
from project.settings.test import *

INSTALLED_APPS += ["tests.chaos.apps.ChaosConfig"]

# As in production: connections are kept, and looked at before they are used again.
DATABASES["default"]["CONN_MAX_AGE"] = 60

REDIS_REST = queue.REDIS_REST

ACCOUNT_EMAIL_VERIFICATION = "none"

# The load generators are a handful of people who submit thousands of pictures.
QUOTA_UNFINISHED_JOBS = 5_000
QUEUE_MAX_UNFINISHED_JOBS = 700

LOGGING["loggers"] |= {"httpx": {"level": "WARNING"}}
