"""``Prefer: wait=N`` (RFC 7240)."""

import re

from django.http import HttpRequest

WAIT_MAX = 60
_WAIT = re.compile(r'(?:^|,)\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:[,;]|$)', re.IGNORECASE)


def wait_preference(request: HttpRequest) -> int | None:
    """Return for how many seconds the caller wants to wait at most; ``None`` when not at all.

    A preference that cannot be understood is ignored, as the RFC says.
    """
    found = _WAIT.search(request.headers.get("Prefer", ""))
    return min(int(found[1]), WAIT_MAX) if found else None
