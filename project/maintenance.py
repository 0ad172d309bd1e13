"""Whether the site is being worked on: the same for all its processes, on whichever host."""

import time
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError

KEPT_SECONDS = 2.0
"""For so long a process remembers what it was told; every request asks."""

_KEY = "maintenance"
_known: tuple[float, bool] = (0.0, False)


def maintenance_set(*, on: bool) -> None:
    """Close the site, or open it again."""
    if not settings.MAINTENANCE_SHARED:
        if on:
            _file().parent.mkdir(parents=True, exist_ok=True)
            _file().touch()
        else:
            _file().unlink(missing_ok=True)
    elif on:
        cache.set(_KEY, True, timeout=None)
    else:
        cache.delete(_KEY)


def is_under_maintenance() -> bool:
    """Tell whether the site is closed; while the database is away, whether it was before."""
    global _known  # noqa: PLW0603 - the same for the whole process
    if not settings.MAINTENANCE_SHARED:
        return _file().exists()
    now = time.monotonic()
    if now - _known[0] >= KEPT_SECONDS:
        _known = (now, _known[1])  # one thread asks, and the others go on
        try:
            _known = (now, cache.get(_KEY, False))
        except DatabaseError:
            return _known[1]
    return _known[1]


def _file() -> Path:
    """Return the file that closes a site on one host; it needs no database."""
    return Path(settings.DATA_DIR) / "maintenance"
