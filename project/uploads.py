"""Takes in uploaded files without ever keeping more of them than is allowed."""

from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

IN_MEMORY = 256 * 1024
ROOM_FOR_FIELDS = 1024 * 1024


def longest_request() -> int:
    """Return how many bytes the longest honest request has."""
    most: int = settings.UPLOAD_MAX_FILES * settings.UPLOAD_MAX_BYTES
    return most + ROOM_FOR_FIELDS


_larger: dict[str, tuple[int, str]] = {}


def larger_uploads_register(view_name: str, *, most: int, right: str) -> None:
    """Let those with a right hand in larger files on one page.

    :param most: bytes; a request is not longer than the longest honest one all the same.
    """
    _larger[view_name] = (most, right)


def upload_limit(request: Any) -> int:
    """Return how many bytes a file in a request may have."""
    match = getattr(request, "resolver_match", None)
    most, right = _larger.get(match.view_name if match else "", (0, ""))
    if most and request.user.has_perm(right):
        return most
    limit: int = settings.UPLOAD_MAX_BYTES
    return limit


_OPEN = "vitrina.uploads"


def uploads_close(environ: dict[str, Any]) -> None:
    """Close the files of a request that broke off; Django forgets the one that did not end.

    They would stay open, and on disk, until Python looks for what nobody needs.
    """
    for file in environ.get(_OPEN, ()):
        file.close()


class LimitedUploadHandler(FileUploadHandler):
    """Keeps of what is too large, or too many, just enough to tell.

    One byte more than allowed, and one file more: whoever looks at the files afterwards
    finds them too large or too many and says so, while memory and disk stay small. What
    exceeds is read and thrown away, as the other files come after it, up to what the
    largest honest request can have; then reading ends.

    The files have no name on disk: the one that a client gives may be longer than the
    file system allows.
    """

    _current: UploadedFile[Any] | None = None
    _files = 0
    _received = 0
    _limit = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file, unless there are too many already."""
        super().new_file(*args, **kwargs)
        self._files += 1
        self._limit = upload_limit(self.request)
        self._current = None
        if self._files <= settings.UPLOAD_MAX_FILES + 1:
            self._current = UploadedFile(
                SpooledTemporaryFile(max_size=IN_MEMORY),  # noqa: SIM115 - the request closes it
                self.file_name,
                self.content_type,
                0,
                self.charset,
                self.content_type_extra,
            )
            if self.request is not None:
                self.request.META.setdefault(_OPEN, []).append(self._current)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write what fits.

        :raises StopUpload: when the request is longer than any honest one.
        """
        self._received += len(raw_data)
        if self._received > longest_request():
            self.upload_interrupted()
            raise StopUpload(connection_reset=True)
        room = self._limit + 1 - start
        if self._current is not None and room > 0:
            self._current.write(raw_data[:room])

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        """Hand over the file that has ended."""
        if self._current is not None:
            self._current.seek(0)
            self._current.size = file_size
        return self._current

    def upload_interrupted(self) -> None:
        """Close the file that did not end."""
        if self._current is not None:
            self._current.close()
