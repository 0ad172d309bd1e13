"""Pages cut by a cursor: the thousandth costs what the first does, and nothing shifts."""

import base64
import binascii
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from project.api.problems import ProblemError

PAGE_SIZE = 25
PAGE_SIZE_MAX = 100

Row = TypeVar("Row", bound=Model)


class PageQuery(serializers.Serializer[Any]):
    """What every list takes."""

    limit = serializers.IntegerField(
        min_value=1,
        max_value=PAGE_SIZE_MAX,
        default=PAGE_SIZE,
        help_text="How many to return.",
    )
    cursor = serializers.RegexField(
        r"^[A-Za-z0-9_-]+$",
        required=False,
        max_length=200,
        help_text="Where the page begins: as given in «next» and «previous».",
    )


def checked_query(request: Request, query: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Return the values of a request's query.

    A parameter that is there but empty is wrong, where a form would take it for left out.

    :raises ValidationError: when there is something wrong with it.
    """
    serializer = query()
    data: dict[str, Any] = request.query_params.dict()
    for name, field in serializer.fields.items():
        if name in data and isinstance(field, serializers.MultipleChoiceField):
            data[name] = request.query_params.getlist(name)
    checked = query(data=data)
    checked.is_valid(raise_exception=True)
    values: dict[str, Any] = checked.validated_data
    return values


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, with the cursors of the pages around it."""

    rows: list[Row]
    next: str | None
    previous: str | None


def page_of(
    rows: QuerySet[Row],
    *,
    cursor: str | None,
    limit: int,
    field: str = "id",
    descending: bool = True,
    to_value: Callable[[str], Any] = uuid.UUID,
) -> Page[Row]:
    """Return a page of rows in the order of a unique field.

    :raises ProblemError: when the cursor is not one of ours.
    """
    backwards, value = _read(cursor, to_value) if cursor else (False, None)
    falling = descending != backwards
    if value is not None:
        rows = rows.filter(**{f"{field}__{'lt' if falling else 'gt'}": value})
    found = list(rows.order_by(f"-{field}" if falling else field)[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    has_previous = more if backwards else value is not None
    has_next = True if backwards else more
    return Page(
        found,
        next=_write("n", getattr(found[-1], field)) if has_next and found else None,
        previous=_write("p", getattr(found[0], field)) if has_previous and found else None,
    )


def page_response(request: Request, page: Page[Any], results: list[Any]) -> Response:
    """Answer with a page and, in ``Link`` (RFC 8288), the addresses around it."""
    links = {
        "next": _address(request, page.next),
        "previous": _address(request, page.previous),
    }
    response = Response(links | {"results": results})
    relations = [
        f'<{url}>; rel="{relation}"'
        for relation, url in (("next", links["next"]), ("prev", links["previous"]))
        if url
    ]
    if relations:
        response["Link"] = ", ".join(relations)
    return response


def _address(request: Request, cursor: str | None) -> str | None:
    """Return the address of another page of the same list, filtered in the same way."""
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _write(direction: str, value: Any) -> str:
    return base64.urlsafe_b64encode(f"{direction}:{value}".encode()).decode().rstrip("=")


def _read(cursor: str, to_value: Callable[[str], Any]) -> tuple[bool, Any]:
    """Return whether a cursor leads backwards, and from where."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        direction, _colon, value = text.partition(":")
        return {"n": False, "p": True}[direction], to_value(value)
    except (KeyError, ValueError, binascii.Error) as error:
        raise ProblemError("not_found", _("This cursor is not one of ours.")) from error
