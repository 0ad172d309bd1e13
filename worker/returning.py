"""``UPDATE … RETURNING``, which Django's ``update()`` has no way to say."""

from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

from worker.models import Job


def update_returning(jobs: QuerySet[Job], **values: Any) -> list[Job]:
    """Update jobs and return them as they are now, in one statement.

    :param jobs: filtered only: what is ordered or sliced cannot be updated.
    """
    query: Any = jobs.query.chain(UpdateQuery)
    query.add_update_values(values)
    sql, params = query.get_compiler(jobs.db, connections[jobs.db]).as_sql()
    return list(Job.objects.raw(f"{sql} RETURNING *", params))
