"""The log: where it goes, how its lines look, and how much is in it."""

from typing import Any

from project import environment

LOGGING_CONFIG = "project.logs.configure"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "project.logs.TextFormatter"},
        "json": {"()": "project.logs.JsonLineFormatter"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": environment.LOG_FORMAT},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Without Django's own handlers: a line would come twice, or by e-mail.
        "django": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        # ``worker.execution`` logs the end of each job.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
