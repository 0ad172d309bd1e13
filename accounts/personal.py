"""What the site holds of a person, in parts: each app declares its own when Django starts.

A part names the tables that it answers for, gives what is in them away, and erases it. A test
fails for a table that belongs to a user, at once or by way of another, and is in no part.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from accounts.models import User
from project.rows import rows_by_key

CHUNK = 500
"""Rows that are read at a time."""


@dataclass(frozen=True)
class Entry:
    """A file of an export.

    :ivar packed: whether it is compressed already, as pictures are.
    """

    name: str
    parts: Iterable[bytes]
    packed: bool = False


@dataclass(frozen=True)
class Part:
    """What one app holds of a person.

    :ivar tables: the models that it answers for, as ``app.Model``.
    :ivar entries: yields it as files. What is deleted meanwhile is left out.
    :ivar count: tells how many files that will be, roughly.
    :ivar erase: erases some of it, with its files; ``True`` once nothing is left but what goes
        with the user's own row.
    """

    slug: str
    tables: tuple[str, ...]
    entries: Callable[[User], Iterator[Entry]]
    count: Callable[[User], int]
    erase: Callable[[User], bool]


_parts: list[Part] = []


def personal_register(part: Part) -> None:
    """Declare a part."""
    _parts.append(part)


def personal_parts() -> tuple[Part, ...]:
    """Return all parts."""
    return tuple(_parts)


def json_entry(name: str, rows: Iterable[Any]) -> Entry:
    """Return a file with a JSON array, written row by row however many there are."""
    return Entry(name, _json(rows))


def _json(rows: Iterable[Any]) -> Iterator[bytes]:
    yield b"["
    for place, row in enumerate(rows):
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        yield f"{',' if place else ''}\n{text}".encode()
    yield b"\n]\n"


def table_entry(name: str, rows: QuerySet[Any], *fields: str) -> Entry:
    """Return a file with some columns of rows."""
    found = rows_by_key(rows.values("pk", *fields), size=CHUNK)
    return json_entry(name, ({field: row[field] for field in fields} for row in found))
