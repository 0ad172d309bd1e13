"""``UPDATE … RETURNING``, which Django's ``update()`` has no way to say."""

from typing import Any

from django.db import connection, connections
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

from worker.models import Job


def without_waiting() -> str:
    """Return what a statement's RETURNING adds so that its commit does not wait for the disk.

    For marks that a crash of the database may take back: of what is published or claimed, the
    sweeper and the number of the attempt set right what is lost, while no later write can last
    without the earlier one. SQLite does not wait here anyway.
    """
    if connection.vendor != "postgresql":
        return ""
    return ", set_config('synchronous_commit', 'off', true)"


def update_returning(jobs: QuerySet[Job], **values: Any) -> list[Job]:
    """Update jobs and return them as they are now, in one statement that does not wait.

    :param jobs: filtered only: what is ordered or sliced cannot be updated.
    """
    query: Any = jobs.query.chain(UpdateQuery)
    query.add_update_values(values)
    sql, params = query.get_compiler(jobs.db, connections[jobs.db]).as_sql()
    return list(Job.objects.raw(f"{sql} RETURNING *{without_waiting()}", params))
