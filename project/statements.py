"""Statements that run with each request or job: PostgreSQL parses and plans them once a connection.

For those whose planning costs it as much as their run. Others go the usual way.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)
Parameters = Sequence[Any] | Mapping[str, Any]

_PLACE = re.compile(r"%(?:\((\w+)\))?s|%%")

_sessions: "WeakKeyDictionary[Any, dict[str, str] | None]" = WeakKeyDictionary()
"""Of each connection the names of what is prepared on it; ``None`` where nothing can be."""


def run(sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Run a statement, and return the rows that it has, if it has any.

    On PostgreSQL it is prepared first, if this connection has not done that yet. A connection to a
    pooler like PgBouncer is left alone, as each transaction may get another session there, in which
    nothing is prepared.

    :param sql: names its columns, as PostgreSQL refuses a prepared ``*`` once a column is added;
        and casts a parameter whose type does not follow from where it stands.
    :raises django.db.DatabaseError: when it cannot be prepared or run.
    """
    with connection.cursor() as cursor:
        cursor.execute(*_prepared(sql, parameters))
        return cursor.fetchall() if cursor.description else []


def _prepared(sql: str, parameters: Parameters) -> tuple[str, Parameters]:
    """Return what to run on this connection, which is open, in place of a statement."""
    if connection.vendor != "postgresql":
        return sql, parameters
    names = _names()
    if names is None:
        return sql, parameters
    text, order = _numbered(sql)
    if sql not in names:
        name = f"prepared_{len(names)}"
        _execute(f"PREPARE {name} AS {text}")
        names[sql] = name
    values = [parameters[key] for key in order] if isinstance(parameters, Mapping) else parameters
    return f"EXECUTE {names[sql]} ({', '.join(['%s'] * len(values))})", values


def row_get(model: type[M], key: Any) -> M | None:
    """Return the row with a key, for a fraction of what it costs to have the ORM ask for it."""
    value = model._meta.pk.get_db_prep_value(key, connection)  # noqa: SLF001
    return row_of(model, _row_by_key(model), [value])


def row_of(model: type[M], sql: str, parameters: Parameters) -> M | None:
    """Run a statement as :func:`run` does, and return its first row.

    :param sql: returns :func:`columns_of` the model, and may return more after them.
    """
    rows = run(sql, parameters)
    if not rows:
        return None
    names, converters = _reading(model, connection.vendor)
    values = list(rows[0][: len(names)])
    for place, column, convert in converters:
        values[place] = convert(values[place], column, connection)
    return model.from_db(connection.alias, names, values)


@cache
def _reading(model: type[Model], _vendor: str) -> tuple[list[str], list[tuple[int, Any, Any]]]:
    """Return the names of a model's fields, and what makes Python's values of the database's."""
    columns = [field.cached_col for field in model._meta.concrete_fields]  # noqa: SLF001
    converters = [
        (place, column, convert)
        for place, column in enumerate(columns)
        for convert in (
            *connection.ops.get_db_converters(column),
            *column.get_db_converters(connection),
        )
    ]
    return [column.target.attname for column in columns], converters


@cache
def columns_of(model: type[Model]) -> str:
    """Return the names of a model's columns, as a statement lists them."""
    return ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)  # noqa: SLF001


@cache
def _row_by_key(model: type[Model]) -> str:
    """Return the statement that reads a row."""
    table, key = model._meta.db_table, model._meta.pk.column  # noqa: SLF001
    return f'SELECT {columns_of(model)} FROM "{table}" WHERE "{key}" = %s'  # noqa: S608


def _names() -> dict[str, str] | None:
    """Return the names of what is prepared on this thread's connection, if anything can be."""
    session = connection.connection
    if session not in _sessions:
        # A pooler tells its own number, since it can cancel only what runs in its name.
        direct = _execute("SELECT pg_backend_pid()") == session.get_backend_pid()
        _sessions[session] = {} if direct else None
    return _sessions[session]


def _execute(sql: str) -> Any:
    """Run a statement that belongs to the connection, and is no query of whoever uses it."""
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


@cache
def _numbered(sql: str) -> tuple[str, list[str]]:
    """Return a statement with the server's places for parameters, and their names in that order."""
    order: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name = found[1] or str(len(order))
        if name not in order:
            order.append(name)
        return f"${order.index(name) + 1}"

    return _PLACE.sub(place, sql), order
