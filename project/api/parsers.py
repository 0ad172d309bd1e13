"""Reads JSON bodies: not endless, not bottomless, and nothing that is not JSON."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from project.api.problems import ProblemError


class JsonParser(BaseParser):
    """``application/json``; an object at the top."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object.

        :raises ParseError: when the body is none.
        :raises ProblemError: when it is too large.
        """
        del media_type
        view = (parser_context or {}).get("view")
        limit = getattr(view, "json_max_bytes", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise ProblemError("request_too_large")
        try:
            data = json.loads(
                body.decode(),
                object_pairs_hook=_unique,
                parse_constant=_refuse_constant,
            )
            if b"\\u" in body:  # an escaped half of a character: no database takes it
                json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ParseError from error
        if not isinstance(data, dict):
            raise ParseError
        return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one that names something twice means nothing certain."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse_constant(name: str) -> None:
    """Refuse ``NaN`` and ``Infinity``, which are no JSON."""
    raise ValueError(name)
