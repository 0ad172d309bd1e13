"""What ``manage.py doctor`` looks at where a site has more than one host."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from project.celery import redis_client
from project.doctor import Finding

CLOCK_TOLERANCE_SECONDS = 2.0
SESSIONS_LOOKED_AT = 20


def sentinels() -> Iterator[Finding]:
    """Look whether the sentinels could put another Redis in the primary's place."""
    if not settings.CELERY_BROKER_URL.startswith("sentinel"):
        return
    try:
        with redis_client() as client:
            pool = client.connection_pool
            name, (host, port) = pool.service_name, pool.get_master_address()
            states = [_state(one, name) for one in pool.sentinel_manager.sentinels]
    except (OperationalError, OSError):
        return  # said already
    known = [state for state in states if state]
    # An address may be that of several: they say themselves how many they are.
    number = 1 + max((state["num-other-sentinels"] for state in known), default=-1)
    replicas = max((state["num-slaves"] for state in known), default=0)
    text = (
        f"the primary {name} is {host}:{port}; of {len(states)} addresses {len(known)} answer; "
        f"there are {number} sentinels and {replicas} replicas"
    )
    well = len(known) == len(states) and number > 2 and replicas > 0
    if not well:
        text += ". Three sentinels and one replica survive the loss of a host."
    yield Finding("sentinels", well=well, text=text)


def _state(sentinel: Any, name: str) -> dict[str, Any] | None:
    """Return what a sentinel knows of a primary, if it answers."""
    from redis.exceptions import RedisError

    try:
        state: dict[str, Any] | None = sentinel.sentinel_masters().get(name)
    except RedisError:
        return None
    return state


def link_to_database() -> Iterator[Finding]:
    """Say whether others on the way could read, or answer in PostgreSQL's place."""
    if connection.vendor != "postgresql":
        return
    try:
        connection.ensure_connection()
    except DatabaseError:
        return
    info: Any = connection.connection.info
    mode = info.dsn_parameters.get("sslmode", "prefer")
    if not info.ssl_in_use:
        text = "is not encrypted: only on one machine, or on a network of its own"
    elif mode == "verify-full":
        text = "is encrypted, and the server has shown a certificate for its name"
    else:
        text = f"is encrypted, but with sslmode={mode} the server's name is not checked"
    yield Finding("link to the database", well=True, text=text)


def clock() -> Iterator[Finding]:
    """Look whether this host's clock goes like the database's, and so like those of the others."""
    if connection.vendor != "postgresql":
        return
    try:
        with connection.cursor() as cursor:
            before = timezone.now()
            cursor.execute("SELECT clock_timestamp()")
            ahead = (before + (timezone.now() - before) / 2 - cursor.fetchone()[0]).total_seconds()
    except DatabaseError:
        return
    if abs(ahead) < CLOCK_TOLERANCE_SECONDS:
        yield Finding("clock", well=True, text="goes like the database's")
        return
    text = (
        f"is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the database's: limits per "
        "minute and the order of jobs come from it. Have all hosts' clocks set by NTP."
    )
    yield Finding("clock", well=False, text=text)


def secret_key() -> Iterator[Finding]:
    """Look whether the sessions that other hosts have begun can be read here."""
    store = SessionStore()
    try:
        newest = list(Session.objects.order_by("-expire_date")[:SESSIONS_LOOKED_AT])
    except DatabaseError:
        return
    foreign = 0
    for session in newest:
        try:
            signing.loads(session.session_data, salt=store.key_salt, serializer=store.serializer)
        except signing.BadSignature:
            foreign += 1
    if foreign:
        text = (
            f"{foreign} of the {len(newest)} newest sessions were signed with another SECRET_KEY. "
            "Every host needs the same; if you have just changed it, those people sign in again."
        )
        yield Finding("secret key", well=False, text=text)


CHECKS = (sentinels, link_to_database, clock, secret_key)
