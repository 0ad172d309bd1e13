"""Counts requests by minute, in the database: exact across processes, and without Redis."""

from django.db import connection

from accounts.models import RequestCount

_COUNT = """
    INSERT INTO accounts_requestcount (key, minute, requests) VALUES (%s, %s, 1)
    ON CONFLICT (key) DO UPDATE SET
        requests = CASE
            WHEN accounts_requestcount.minute = excluded.minute
            THEN accounts_requestcount.requests + 1 ELSE 1
        END,
        minute = excluded.minute
    RETURNING requests
"""


def request_count(*, key: str, minute: int) -> int:
    """Count one more request of a caller and return how many there were in this minute.

    One statement: two requests at once never count the same place.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [key, minute])
        return int(cursor.fetchall()[0][0])


def requests_forget(*, before_minute: int) -> int:
    """Forget the callers who have sent nothing since a minute; return how many."""
    deleted, _ = RequestCount.objects.filter(minute__lt=before_minute).delete()
    return deleted
