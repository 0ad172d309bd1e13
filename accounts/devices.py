"""Devices from which somebody has signed in before, known by a signed cookie.

Failed attempts are counted for each address, or passwords could be tried without end. But then
whoever knows an address can use its attempts up, and its owner is locked out. So a device from
which the owner has signed in counts its own attempts (OWASP's "device cookies"). The same cookie
tells whether a sign-in is from a new device.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

COOKIE = "device"
_SALT = "accounts.devices"
_AGE = 365 * 24 * 3600
_MOST = 8
"""Accounts that a cookie has room for; those that signed in last stay."""


def device_of(request: HttpRequest, email: str) -> str | None:
    """Return the random name of this device, if this address has signed in from it."""
    return _known(request).get(_digest(email))


def device_remember(request: HttpRequest, response: HttpResponseBase, email: str) -> None:
    """Have the browser remember that this address has signed in from it."""
    known = _known(request)
    name = known.pop(_digest(email), None) or secrets.token_urlsafe(12)
    known = dict(list(known.items())[-_MOST + 1 :]) | {_digest(email): name}
    response.set_cookie(
        COOKIE,
        signing.dumps(known, salt=_SALT),
        max_age=_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        known: dict[str, str] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_AGE
        )
    except signing.BadSignature:
        return {}
    return known


def _digest(email: str) -> str:
    return salted_hmac(_SALT, email.lower()).hexdigest()[:20]
