"""Reads many rows, few at a time, by a statement for each few of them.

A cursor that stays open in the database instead would belong to one of its sessions, and be gone
with the next statement where a pooler like PgBouncer gives each transaction another session.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row")
M = TypeVar("M", bound=Model)


def rows_by_key(
    rows: QuerySet[Any, Row], *, size: int, newest_first: bool = False
) -> Iterator[Row]:
    """Yield rows in the order of their keys, however many there are.

    :param rows: of a model, or dictionaries in which the key is called ``pk``.
    :param size: how many are in memory at once.
    """
    order, beyond = ("-pk", "pk__lt") if newest_first else ("pk", "pk__gt")
    rows = rows.order_by(order)
    some = list(rows[:size])
    while some:
        yield from some
        if len(some) < size:
            return
        last: Any = some[-1]
        key = last["pk"] if isinstance(last, dict) else last.pk
        some = list(rows.filter(**{beyond: key})[:size])


def rows_in_order(rows: QuerySet[M], *, size: int) -> Iterator[M]:
    """Yield rows in the order that they have, which may be any: their keys are read first.

    What is deleted meanwhile is left out.
    """
    keys = iter(list(rows.values_list("pk", flat=True)))
    unlimited = rows.all()
    unlimited.query.clear_limits()
    while some := list(islice(keys, size)):
        found = {row.pk: row for row in unlimited.filter(pk__in=some)}
        yield from (found[key] for key in some if key in found)
