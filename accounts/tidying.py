"""Forgets sessions and counted attempts that have run out: they are of no use, and name people."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

AT_ONCE = 1_000
"""Rows of a kind that one call forgets."""


def stale_forget() -> None:
    """Forget some of what has run out."""
    old = Session.objects.filter(expire_date__lt=timezone.now())
    Session.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:AT_ONCE])).delete()
    open_ones = Session.objects.filter(session_key=OuterRef("session_key"))
    ended = UserSession.objects.filter(~Exists(open_ones)).values_list("pk", flat=True)
    UserSession.objects.filter(pk__in=list(ended[:AT_ONCE])).delete()
    now = timezone.now().replace(microsecond=0)
    cache_forget("expires < %s", str(connection.ops.adapt_datetimefield_value(now)))


def cache_forget(condition: str, *values: str) -> None:
    """Delete rows of the cache's table, where it is one."""
    cache = settings.CACHES["default"]
    if cache["BACKEND"] != f"{DatabaseCache.__module__}.{DatabaseCache.__name__}":
        return
    table = connection.ops.quote_name(str(cache["LOCATION"]))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {condition}", values)  # noqa: S608 - no input
