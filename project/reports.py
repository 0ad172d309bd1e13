"""Reports of errors to Sentry; imported only where ``SENTRY_DSN`` says where to.

Whatever is logged as an error is reported, and nothing else is collected: the library's hooks into
Django, Celery and the rest stay off, as they would send addresses, headers and bodies along.
"""

import logging
from typing import TYPE_CHECKING, Any, cast

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from project import __version__, environment
from project.api.tracing import facts
from project.logs import cleaned, message_of, request_of

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

KEPT = (
    *("event_id", "timestamp", "platform", "level", "logger", "release", "environment"),
    *("server_name", "sdk", "exception"),
)
"""Of what the library has put together; the rest is left out, also what later versions add."""

FLUSH_SECONDS = 2.0


def start() -> None:
    """Report what this process logs as an error.

    To be called anew after a fork, as the connection would be the parent's.
    """
    sentry_sdk.init(
        dsn=environment.SENTRY_DSN,
        release=f"vitrina@{__version__}",
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        default_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR, sentry_logs_level=None),
            DedupeIntegration(),
            # Its own callback writes to standard error.
            AtexitIntegration(callback=lambda *_: None),
        ],
        before_send=without_personal,
    )


def flush() -> None:
    """Wait a moment for what is on its way."""
    sentry_sdk.flush(timeout=FLUSH_SECONDS)


def without_personal(event: "Event", hint: "Hint") -> "Event | None":
    """Return what is sent of an event: the error, where it was, and which request it was.

    An answer without an exception is none: the site may be full, and says so.
    """
    record = hint.get("log_record")
    if record is not None and record.name == "django.request" and not record.exc_info:
        return None
    found: dict[str, Any] = dict(event)
    kept = {name: found[name] for name in KEPT if name in found}
    for error in kept.get("exception", {}).get("values", ()):
        error["value"] = cleaned(str(error.get("value") or ""))
    if record is not None:
        kept["logentry"] = {"message": message_of(record)}
    known = facts(request_of(record) if record else None)
    kept["tags"] = {name: str(value) for name, value in known.items()}
    return cast("Event", kept)
