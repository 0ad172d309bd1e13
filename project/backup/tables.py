"""Rows of all tables as lines of JSON, and back, with any database that Django knows."""

# ruff: noqa: SLF001 - what models say of themselves is what this is about

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any, cast

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from project.rows import rows_by_key

_NOT_KEPT = ("sessions.session", "usersessions.usersession")
"""Who was signed in when the backup was made has to sign in again."""

_ROWS_AT_ONCE = 500
_PLAIN = (bool, int, float, str, list, dict, type(None))


def tables() -> dict[str, type[Model]]:
    """Return the models whose rows a backup holds, by the name that their file has."""
    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.label_lower: model
        for model in models
        if model._meta.managed
        and not model._meta.proxy
        and model._meta.label_lower not in _NOT_KEPT
    }


def migrations() -> list[str]:
    """Return the migrations that this database has had: they say what its tables look like."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def columns(model: type[Model]) -> list[str]:
    """Return the names of a table's columns, in the order of a row's values."""
    return [field.attname for field in model._meta.concrete_fields]


def rows_write(model: type[Model], file: IO[bytes]) -> int:
    """Write a table's rows as JSON, one a line, and return how many."""
    fields = model._meta.concrete_fields
    count = 0
    for one in rows_by_key(model._base_manager.all(), size=_ROWS_AT_ONCE):
        values = [
            value
            if isinstance(value := field.value_from_object(one), _PLAIN)
            else field.value_to_string(one)
            for field in fields
        ]
        file.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
        count += 1
    return count


def rows_read(model: type[Model], names: Sequence[str], lines: Iterable[bytes]) -> int:
    """Insert the rows that :func:`rows_write` wrote, as they were, and return how many.

    :param names: the columns that the rows have.
    """
    by_name: dict[str, Any] = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    count = 0
    objects, manager = _objects(model, fields, lines), cast("Any", model._base_manager)
    # SQLite takes only so many values in one statement.
    at_once = max(1, min(_ROWS_AT_ONCE, connection.ops.bulk_batch_size(fields, [None] * 500)))
    while some := list(islice(objects, at_once)):
        # As ``loaddata`` does it, but many at once: no time of creation is set anew.
        manager._insert(some, fields=fields, using="default", raw=True)
        count += len(some)
    return count


def _objects(model: type[Model], fields: Sequence[Any], lines: Iterable[bytes]) -> Iterator[Model]:
    for line in lines:
        values = json.loads(line)
        yield model(
            **{
                field.attname: _value(field, value)
                for field, value in zip(fields, values, strict=True)
            },
        )


def _value(field: Any, value: Any) -> Any:
    """Return a value in the type that a field wants."""
    if value is None:
        return None
    return (field.target_field if field.is_relation else field).to_python(value)


def tables_empty() -> None:
    """Delete all rows of all tables: those that migrations have made too."""
    names = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
    for sql in connection.ops.sql_flush(no_style(), names, reset_sequences=True):
        with connection.cursor() as cursor:
            cursor.execute(sql)


def sequences_set() -> None:
    """Have new rows numbered on from those that were inserted."""
    models = list(tables().values())
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(sql)
