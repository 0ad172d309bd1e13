"""Pictures to hand in: files, bytes, open files and addresses."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

Source = str | os.PathLike[str] | bytes | BinaryIO
"""A path, the address of a picture (``https://…``), its bytes, or a file open for reading."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to hand in.

    :ivar name: what the site calls it; by default the file's name.
    :ivar key: its idempotency key; by default a new one.
    """

    source: Source
    name: str = ""
    key: str = ""

    @property
    def url(self) -> str | None:
        """Its address, when the site is to load it from there."""
        if isinstance(self.source, str) and self.source.startswith(("https://", "http://")):
            return self.source
        return None

    @property
    def file_name(self) -> str:
        """The name to send with its bytes."""
        if self.name:
            return self.name
        if isinstance(self.source, str | os.PathLike):
            return Path(self.source).name
        return "picture"

    @property
    def size(self) -> int:
        """How many bytes it has; 0 when the site is to load it.

        :raises OSError: when it cannot be read.
        """
        if isinstance(self.source, bytes):
            return len(self.source)
        if isinstance(self.source, str | os.PathLike) and not self.url:
            return Path(self.source).stat().st_size
        return 0

    def open(self) -> BinaryIO:
        """Open it from its beginning; called for each try to send it.

        :raises OSError: when it cannot be read.
        """
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        if isinstance(self.source, str | os.PathLike):
            return Path(self.source).open("rb")
        raise TypeError("An open file is read by picture_of().")


def picture_of(source: Source | Picture) -> Picture:
    """Return what is to be handed in; an open file is read now, as it may have to be sent again."""
    picture = source if isinstance(source, Picture) else Picture(source)
    if isinstance(picture.source, str | os.PathLike | bytes):
        return picture
    opened = picture.source
    name = picture.name or Path(str(getattr(opened, "name", ""))).name
    return Picture(opened.read(), name=name, key=picture.key)
