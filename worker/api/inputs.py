"""What a caller hands in, as a form's values or as JSON, made into what services take."""

import base64
import binascii
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework.request import Request

from project.api.problems import FieldError, ProblemError, invalid
from worker.api.presenter import Presenter
from worker.failures import JobRefusedError
from worker.fetch import FetchError, fetch
from worker.models import Lane

FETCH_SECONDS = 10
_DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+-]+=[\w.+-]+)*;base64,")

JSON_TYPES: tuple[tuple[type[forms.Field], tuple[type, ...]], ...] = (
    # The first one that fits counts: a field of whole numbers is no field of decimals.
    (forms.FloatField, (int, float)),
    (forms.IntegerField, (int,)),
    (forms.BooleanField, (bool,)),
    (forms.Field, (str,)),
)


@dataclass(frozen=True)
class Wanted:
    """How a caller wants pictures processed."""

    model: str
    parameters: dict[str, Any]
    lane: Lane | None


@dataclass(frozen=True)
class Source:
    """A picture: a file that came with the request, or the address of one."""

    name: str
    file: BinaryIO | None = None
    url: str = ""


def wanted(data: Mapping[str, Any], presenter: Presenter) -> Wanted:
    """Check the parameters by the service's form.

    :raises ProblemError: with each of the fields that are wrong.
    """
    form_class = presenter.form_class()
    if not isinstance(data, QueryDict):
        _check_types(data, form_class)
    form = form_class(data)
    valid = form.is_valid()
    errors: list[Any] = [
        FieldError(pointer=f"#/{name}", detail=str(entry["message"]), code=str(entry["code"]))
        for name, entries in form.errors.get_json_data().items()
        for entry in entries
    ]
    lane, lang = _choice(data, "lane", Lane.values), _choice(data, "lang", _languages())
    errors += [error for error in (lane, lang) if isinstance(error, dict)]
    if errors or not valid:
        raise ProblemError("invalid", errors=errors)
    parameters = presenter.parameters(form) | ({"lang": lang} if lang else {})
    return Wanted(presenter.model(form), parameters, Lane(lane) if lane else None)


def _languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def _choice(data: Mapping[str, Any], name: str, choices: list[str]) -> Any:
    """Return a chosen value, ``None`` without one, or what is wrong with it."""
    value = data.get(name)
    if value is None or value in choices:
        return value
    detail = _("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)}
    return FieldError(pointer=f"#/{name}", detail=detail, code="invalid_choice")


def _check_types(data: Mapping[str, Any], form_class: type[forms.Form]) -> None:
    """Refuse JSON values of another type than their field's: forms take any text.

    :raises ProblemError: with each of the fields that are wrong.
    """
    errors = []
    for name, field in form_class.base_fields.items():
        value = data.get(name)
        types = next(types for kind, types in JSON_TYPES if isinstance(field, kind))
        right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        if value is not None and not right:
            detail = _("This value has the wrong type.")
            errors.append(FieldError(pointer=f"#/{name}", detail=detail, code="type"))
    if errors:
        raise ProblemError("invalid", errors=errors)


def image_source(request: Request) -> Source:
    """Return the one picture of a request.

    :raises ProblemError: when there is none, or more than one.
    """
    data: Mapping[str, Any] = cast("Mapping[str, Any]", request.data)
    given = [name for name in ("image", "image_url") if data.get(name) is not None]
    if len(given) != 1:
        raise invalid("image", _("Send either «image» or «image_url»."), "required")
    value = data[given[0]]
    if isinstance(value, UploadedFile):
        return Source(value.name or "", cast("BinaryIO", value))
    if not isinstance(value, str):
        raise invalid(given[0], _("This value has the wrong type."), "type")
    if given[0] == "image":
        return Source("", _decoded(value))
    return url_source(value)


def url_source(url: str) -> Source:
    """Return the picture at an address, not yet fetched, named after the address."""
    return Source(PurePosixPath(urlsplit_path(url)).name, url=url)


def urlsplit_path(url: str) -> str:
    """Return the path of an address; of what is none, nothing."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _decoded(data_url: str) -> BinaryIO:
    """Return the picture in a ``data:`` URL (RFC 2397).

    :raises ProblemError: when it is none.
    """
    found = _DATA_URL.match(data_url)
    if found is None:
        raise invalid("image", _("Send a file, or a URL that begins with «data:image/…;base64,»."))
    try:
        return io.BytesIO(base64.b64decode(data_url[found.end() :], validate=True))
    except (binascii.Error, ValueError) as error:
        raise invalid("image", _("This is not valid base64.")) from error


def fetched(url: str) -> BinaryIO:
    """Return the picture at an address.

    :raises JobRefusedError: when the address is not opened, or has no picture.
    """
    try:
        answer = fetch(url, max_bytes=settings.UPLOAD_MAX_BYTES, seconds=FETCH_SECONDS)
    except FetchError as error:
        raise JobRefusedError(error.code) from error
    if answer.status != 200:
        raise JobRefusedError("url_unreachable")
    return io.BytesIO(answer.body)
