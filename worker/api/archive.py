"""Pictures from a zip archive, which is not trusted: nothing of it is written anywhere.

Whatever the archive says of itself is checked against what is read: its directory may not be
longer than that of the most pictures there can be, its entries not larger than pictures, all of
them together not larger than allowed. Links, and paths that lead out of it, refuse it whole.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from django.conf import settings

from worker.failures import JobRefusedError

Picture = tuple[str, BinaryIO | str]
"""A name with a picture, or with the code of why there is none."""

_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 2**16
_ZIP64_LOCATOR = b"PK\x06\x07"
_ENTRIES_PER_PICTURE = 4
"""Archives hold folders and the hidden files of some systems beside pictures."""

_LONGEST_ENTRY = 1024
"""Bytes of the directory for one entry: a name, and what systems add to it."""

_IN_MEMORY = 256 * 1024
_CHUNK = 64 * 1024


def pictures_in(archive: BinaryIO, *, room: int) -> list[Picture]:
    """Return the pictures of an archive in its order.

    :param room: how many there may be.
    :raises JobRefusedError: when the archive is not acceptable as a whole.
    """
    _check_directory(archive)
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = list(_pictures(opened))
            if not entries:
                raise JobRefusedError("empty")
            if len(entries) > room:
                raise JobRefusedError("archive_too_many")
            if sum(entry.file_size for entry in entries) > settings.API_ARCHIVE_MAX_BYTES:
                raise JobRefusedError("archive_too_large")
            return [(_name(entry), _content(opened, entry)) for entry in entries]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise JobRefusedError("archive_broken") from error


def _check_directory(archive: BinaryIO) -> None:
    """Refuse an archive with a directory that is longer than any honest one, before it is read.

    :raises JobRefusedError: when it is, or there is none.
    """
    size = archive.seek(0, 2)
    if size > settings.API_ARCHIVE_MAX_BYTES:
        raise JobRefusedError("archive_too_large")
    archive.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT))
    tail = archive.read()
    archive.seek(0)
    start = tail.rfind(_END)
    if start < 0 or len(tail) - start < _END_SIZE:
        raise JobRefusedError("archive_broken")
    if _ZIP64_LOCATOR in tail[max(0, start - 20) : start]:
        raise JobRefusedError("archive_too_many")
    _disk, _disk2, _here, entries, length = struct.unpack("<4HL", tail[start + 4 : start + 16])
    most = settings.UPLOAD_MAX_FILES * _ENTRIES_PER_PICTURE
    if entries > most or length > most * _LONGEST_ENTRY:
        raise JobRefusedError("archive_too_many")


def _pictures(opened: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Yield the entries that are files to look at.

    :raises JobRefusedError: when there is an entry that no honest archive has.
    """
    for entry in opened.infolist():
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        is_link = stat.S_ISLNK(entry.external_attr >> 16)
        if is_link or path.is_absolute() or ".." in path.parts or ":" in path.parts[0:1]:
            raise JobRefusedError("archive_unsafe")
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
        if not entry.is_dir() and not hidden:
            yield entry


def _name(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename.replace("\\", "/")).name


def _content(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> BinaryIO | str:
    """Return an entry's bytes, read no further than a picture may go."""
    if entry.flag_bits & 0x1:
        return "archive_broken"
    if entry.file_size > settings.UPLOAD_MAX_BYTES:
        return "too_large"
    content = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115
    try:
        with opened.open(entry) as stream:
            left = settings.UPLOAD_MAX_BYTES + 1
            while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
                content.write(chunk)
                left -= len(chunk)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, zlib.error):
        content.close()
        return "archive_broken"
    if left <= 0:
        content.close()
        return "too_large"
    content.seek(0)
    return content
