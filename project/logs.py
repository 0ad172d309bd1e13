"""How a line of the log looks: for people, or as JSON for programs. Nothing personal is in it.

``docs/logs-and-traces.md`` lists the fields.
"""

import logging
import logging.config
import os
import re
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from django.http import HttpRequest
from pythonjsonlogger.json import JsonFormatter

from project import environment
from project.api.tracing import facts, request_id

logger = logging.getLogger(__name__)

FIELDS = (
    *("time", "level", "logger", "message"),
    *("request_id", "trace_id", "job", "user", "exception"),
)
"""Of a line in JSON, in this order; whatever else a library adds to a record stays out of it."""

_PERSONAL = (
    # gunicorn quotes who has sent what it does not understand, and that.
    (
        "ip=",
        re.compile(r"Invalid request from ip=\S+ ([^:]*).*", re.DOTALL),
        r"Invalid request: \1",
    ),
    # Its addresses may be keys.
    (
        "Error handling request",
        re.compile(r"(Error handling request(?: [A-Z]+)?) /\S*"),
        r"\1",
    ),
    # PostgreSQL quotes the row that it refuses.
    ("DETAIL:", re.compile(r"^DETAIL:.*$", re.MULTILINE), "DETAIL: [left out]"),
    # Celery's name of a worker only looks like an address.
    ("@", re.compile(r"(?<![\w.+%'-])(?!celery@)[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    ("?", re.compile(r"(?<=[\w/])\?[^\s\"']+"), "?[left out]"),
)
"""What others write into their messages: a sign of it to look for first, as that is quick."""


def cleaned(text: str) -> str:
    """Return a text without what could be personal."""
    for sign, pattern, instead in _PERSONAL:
        if sign in text:
            text = pattern.sub(instead, text)
    return text


def request_of(record: logging.LogRecord) -> HttpRequest | None:
    """Return the request that a record tells of, as Django's do."""
    found = getattr(record, "request", None)
    return found if isinstance(found, HttpRequest) else None


def message_of(record: logging.LogRecord) -> str:
    """Return a record's message without the address that Django puts at its end.

    It may hold the key to a shared result or to a new password: its pattern stands for it.
    """
    text = record.getMessage()
    request = request_of(record)
    if request is not None and request.path:
        written = request.path.encode("unicode_escape").decode()  # as Django does
        if text.endswith(written):
            match = request.resolver_match
            text = text.removesuffix(written)
            text += f"/{match.route}" if match else "an unknown address"
    return cleaned(text)


class TextFormatter(logging.Formatter):
    """A line for people; a traceback follows in lines of its own."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} [{request_id}] {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Write the line."""
        record.request_id = request_id(request_of(record)) or "-"
        record.message = message_of(record)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Write the traceback."""
        return cleaned(super().formatException(ei))


class JsonLineFormatter(JsonFormatter):
    """A line of JSON, also when there is a traceback."""

    def __init__(self) -> None:
        renamed = {"levelname": "level", "name": "logger", "exc_info": "exception"}
        super().__init__(["levelname", "name"], rename_fields=renamed, timestamp="time")

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Fill a line from a record, and from what is being done."""
        found: dict[str, Any] = {}
        super().add_fields(found, record, message_dict)
        found |= {"message": message_of(record)} | facts(request_of(record))
        log_data.update({name: found[name] for name in FIELDS if name in found})

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """Write the traceback."""
        return cleaned(str(super().formatException(ei)))


def configure(config: Mapping[str, Any]) -> None:
    """Set up this process' log, as Django's ``LOGGING_CONFIG``."""
    logging.config.dictConfig(dict(config))
    reports_start()
    if environment.LOG_FORMAT == "json" or environment.SENTRY_DSN:
        # Whatever Python would write on its own becomes a line like the others.
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_uncaught
        threading.excepthook = _log_uncaught_in_thread


def reports_start() -> None:
    """Have errors that this process logs reported, if that is configured; anew after a fork."""
    if not environment.SENTRY_DSN:
        return
    try:
        from project import reports
    except ImportError as error:
        # The site works without them.
        logger.error("errors are not reported, install requirements/errors.txt: %s", error)  # noqa: TRY400
        return
    reports.start()


def reports_flush() -> None:
    """Wait a moment for reports that are on their way: the process is about to end."""
    if "project.reports" in sys.modules:
        from project import reports

        reports.flush()


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Log what ends the process."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    logger.critical("the process ends with an error", exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    """Log what ends a thread."""
    error = args.exc_value
    if error is not None and not isinstance(error, SystemExit):
        name = args.thread.name if args.thread else "a thread"
        logger.error(
            "%s ends with an error", name, exc_info=(args.exc_type, error, args.exc_traceback)
        )


def say(message: str, *_: object) -> None:
    """Write a message past the log's locks, for whoever is in a signal handler, as Celery is."""
    record = logging.LogRecord("celery.worker", logging.INFO, "", 0, message, (), None)
    formatter: logging.Formatter = (
        JsonLineFormatter() if environment.LOG_FORMAT == "json" else TextFormatter()
    )
    os.write(2, f"{formatter.format(record)}\n".encode())
