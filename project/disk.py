"""The room that is left where this site's data is."""

import shutil
from typing import NamedTuple

from django.conf import settings


class Disk(NamedTuple):
    """What a disk holds, in bytes."""

    total: int
    used: int
    free: int


def disk() -> Disk:
    """Return the room on the disk of ``DATA_DIR``.

    A host whose pictures are in a bucket may never have made that folder; it would be made in
    the nearest one that is there.
    """
    data = settings.DATA_DIR
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    return Disk(*shutil.disk_usage(there))
