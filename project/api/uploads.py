"""Takes in the files of an API request, and refuses too much while it is read."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from project.api.problems import ProblemError
from project.uploads import ROOM_FOR_FIELDS, LimitedUploadHandler


class ApiUploadHandler(LimitedUploadHandler):
    """Stops reading as soon as a request is longer than its endpoint takes.

    :param total: bytes of all files together.
    :param code: the problem to answer with then.
    :param fields: bytes of the one file of a field, where that is not the usual limit.
    """

    def __init__(
        self,
        request: HttpRequest,
        *,
        total: int,
        code: str,
        fields: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(request)
        self._total = total
        self._code = code
        self._fields = fields or {}

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write what fits.

        :raises ProblemError: when there is too much of it.
        """
        self._received += len(raw_data)
        if self._received > self._total:
            self.upload_interrupted()
            raise ProblemError(self._code)
        limit = self._fields.get(str(self.field_name), settings.UPLOAD_MAX_BYTES)
        room = limit + 1 - start
        if self._current is not None and room > 0:
            self._current.write(raw_data[:room])


def refuse_long_request(request: HttpRequest, *, total: int, code: str) -> None:
    """Refuse a request that says itself that it is too long, before reading any of it.

    :raises ProblemError: when it does.
    """
    if "HTTP_TRANSFER_ENCODING" in request.META:
        return  # it says nothing: whoever reads it counts
    length: Any = request.META.get("CONTENT_LENGTH") or 0
    if int(length) > total + ROOM_FOR_FIELDS:
        raise ProblemError(code)
