"""Everything that a database holds, as text: every table, every column."""

from django.db import connection


def database_dump() -> str:
    """Return all rows of all tables, binary columns too."""
    lines = []
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            lines += [f"{table}: {row!r}" for row in cursor.fetchall()]
    return "\n".join(lines)
