"""Looks at everything a running site depends on and says in plain words what is wrong."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from project import environment
from project.celery import redis_client
from project.disk import disk

FREE_SPACE_WANTED = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is well, and what to do if it is not."""

    subject: str
    well: bool
    text: str


def findings() -> Iterator[Finding]:
    """Look at one thing after the other; what apps register comes last."""
    for check in (*_CHECKS, *_registered):
        yield from check()


def register(check: Callable[[], Iterator[Finding]]) -> None:
    """Have an app's own check run as well."""
    _registered.append(check)


_registered: list[Callable[[], Iterator[Finding]]] = []


def without_password(url: str) -> str:
    """Return an address that may be printed."""
    parts = urlsplit(url)
    if parts.password:
        return url.replace(f":{parts.password}@", ":…@")
    return url


def _settings() -> Iterator[Finding]:
    yield Finding(
        "settings", well=True, text=f"{settings.SETTINGS_MODULE}, data in {settings.DATA_DIR}"
    )
    if settings.DEBUG:
        yield Finding(
            "debug", well=False, text="DEBUG is on: errors show code. Unset it on a site."
        )


def _database() -> Iterator[Finding]:
    name = f"{connection.vendor} ({connection.settings_dict['NAME']})"
    advice = "Check DATABASE_URL."
    try:
        connection.ensure_connection()
        advice = "A pooler between here and there has to pool transactions, not statements."
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, ImproperlyConfigured) as error:
        text = f"{name} does not answer: {str(error).strip()}. {advice}"
        yield Finding("database", well=False, text=text)
        return
    if plan:
        text = f"{name} lacks {len(plan)} migrations. Run: manage.py migrate"
        yield Finding("database", well=False, text=text)
    else:
        yield Finding("database", well=True, text=f"{name} answers and is up to date")


def _redis() -> Iterator[Finding]:
    url = ", ".join(map(without_password, settings.CELERY_BROKER_URL.split(";")))
    try:
        with redis_client() as client:
            policy = _policy(client)
    except (OperationalError, OSError) as error:
        text = f"{url} does not answer ({error}). Jobs are accepted and wait. Check REDIS_URL."
        if "certificate" in str(error).lower():
            text += " REDIS_CA_FILE says who is trusted to sign certificates."
        yield Finding("redis", well=False, text=text)
        return
    yield Finding("redis", well=True, text=f"{url} answers")
    if policy not in {"noeviction", "unknown"}:
        text = f"maxmemory-policy is {policy}: a full Redis drops messages. Set noeviction."
        yield Finding("redis", well=False, text=text)


def _policy(client: Any) -> str:
    """Return what a Redis drops when it is full; a hosted one may keep it to itself."""
    from redis.exceptions import ResponseError

    try:
        return str(client.config_get("maxmemory-policy").get("maxmemory-policy", "unknown"))
    except ResponseError:
        return "unknown"


def _storage() -> Iterator[Finding]:
    try:
        name = default_storage.save("doctor/probe", ContentFile(b"probe"))
        default_storage.delete(name)
    except OSError as error:
        yield Finding("pictures", well=False, text=f"cannot be stored: {error}")
    else:
        where = "in DATA_DIR"
        if environment.S3_BUCKET:
            at = environment.S3_ENDPOINT or f"Amazon's {environment.S3_REGION}"
            where = f"in the bucket {environment.S3_BUCKET} at {at}"
        yield Finding("pictures", well=True, text=f"can be stored and deleted {where}")
    free = disk().free
    text = f"{free / 1024**3:.1f} GB free in {settings.DATA_DIR}"
    well = free > FREE_SPACE_WANTED
    if not well:
        text += (
            f", which is less than {FREE_SPACE_WANTED / 1024**3:.0f}. On a full disk no picture is "
            "accepted. Make room, keep pictures for fewer days (PICTURES_KEPT_DAYS), or put them "
            "into a bucket (S3_BUCKET)."
        )
    yield Finding("disk", well=well, text=text)


def _mail() -> Iterator[Finding]:
    backend = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    if backend != "smtp":
        text = f"is not sent but goes to: {backend}. Set EMAIL_URL to send it."
        yield Finding("e-mail", well=True, text=text)
        return
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection():  # signs in, where there is a password
            pass
    except OSError as error:
        text = (
            f"{server} does not take it: {error}. Nobody can confirm an address. Check EMAIL_URL."
        )
        yield Finding("e-mail", well=False, text=text)
        return
    encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    how = "" if encrypted else ", without encryption: submission:// asks for it"
    yield Finding("e-mail", well=True, text=f"goes through {server}{how}")


def _metrics() -> Iterator[Finding]:
    directory = environment.METRICS_DIR
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        text = f"are not kept: {error}. Set METRICS_DIR to a folder that this user may write to."
        yield Finding("metrics", well=False, text=text)
        return
    if settings.METRICS_TOKEN:
        text = f"are kept in {directory} and told to whoever has METRICS_TOKEN"
        yield Finding("metrics", well=True, text=text)
    elif environment.METRICS_PORT:
        text = f"are not served on port {environment.METRICS_PORT}: set METRICS_TOKEN too."
        yield Finding("metrics", well=False, text=text)
    else:
        text = f"are kept in {directory} and told to nobody: METRICS_TOKEN is not set"
        yield Finding("metrics", well=True, text=text)


def _traces() -> Iterator[Finding]:
    if not environment.TRACES_URL:
        return
    if find_spec("opentelemetry") is None:
        text = "are configured, but requirements/traces.txt is not installed."
        yield Finding("traces", well=False, text=text)
    else:
        yield Finding("traces", well=True, text=f"go to {without_password(environment.TRACES_URL)}")


def _reports() -> Iterator[Finding]:
    if not environment.SENTRY_DSN:
        return
    if find_spec("sentry_sdk") is None:
        text = "are configured, but requirements/errors.txt is not installed."
        yield Finding("reports of errors", well=False, text=text)
    else:
        host = urlsplit(environment.SENTRY_DSN).hostname
        yield Finding("reports of errors", well=True, text=f"go to {host}")


_CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _settings,
    _database,
    _redis,
    _storage,
    _mail,
    _metrics,
    _traces,
    _reports,
)
