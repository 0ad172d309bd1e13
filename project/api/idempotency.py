"""The header ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from project.api.problems import ProblemError

_KEY = re.compile(r"[\x21\x23-\x7e]{1,255}")
REPLAYED = "Idempotent-Replayed"


def idempotency_key(request: HttpRequest) -> str | None:
    """Return the key, with or without the quotation marks of a structured field.

    :raises ProblemError: when it is empty, too long or has unusual characters.
    """
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return None
    key = given.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        detail = _("The header Idempotency-Key takes 1 to 255 visible ASCII characters.")
        raise ProblemError("malformed", detail)
    return key


def fingerprint(content: Mapping[str, Any]) -> str:
    """Return what tells two contents apart: of decoded fields, as boundaries of parts vary."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
