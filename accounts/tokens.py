"""API tokens: secrets with which programs act for a user. Only their SHA-256 is stored.

A secret is ``vit_``, 40 random characters and a checksum of 6, so that scanners recognise one
that was published by accident, and a mistyped one costs no query.
"""

import hashlib
import secrets
import string
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.audit import audit_record
from accounts.models import ApiToken, Scope, User

PREFIX = "vit_"
_ALPHABET = string.digits + string.ascii_letters
_RANDOM_LENGTH = 40
_CHECKSUM_LENGTH = 6
_HINT_LENGTH = 12
_LENGTH = len(PREFIX) + _RANDOM_LENGTH + _CHECKSUM_LENGTH

USE_NOTED_EVERY = timedelta(hours=1)
"""How exact ``last_used_at`` is: a write for each request would cost more than it tells."""


class TooManyTokensError(Exception):
    """A user has as many tokens as one may have."""


def token_create(
    *,
    user: User,
    name: str,
    scopes: Iterable[str] = Scope.values,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token.

    :returns: the token, and the secret: this is the only time that anybody sees it.
    :raises TooManyTokensError: when the user has to revoke one first.
    """
    if tokens_visible_to(user).count() >= settings.API_TOKENS_PER_USER:
        raise TooManyTokensError
    body = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    secret = body + _checksum(body)
    wanted = set(scopes)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        hint=secret[:_HINT_LENGTH],
        digest=_digest(secret),
        scopes=[scope for scope in Scope.values if scope in wanted],
        expires_at=expires_at,
    )
    audit_record("token.made", user=user, target=f"token:{token.id}", scopes=token.scopes)
    return token, secret


def token_authenticate(secret: str) -> ApiToken | None:
    """Return the usable token with this secret, with its user; ``None`` when there is none."""
    if not is_well_formed(secret):
        return None
    return (
        _usable(ApiToken.objects.filter(digest=_digest(secret), user__is_active=True))
        .select_related("user")
        .first()
    )


def _usable(tokens: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
    """Return those tokens that are neither revoked nor expired."""
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    return tokens.filter(alive, revoked_at__isnull=True)


def token_used(*, token: ApiToken) -> None:
    """Note that a token was used, unless that was noted lately."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(id=token.id).update(last_used_at=now)


def token_revoke(*, token: ApiToken) -> bool:
    """Make a token useless from the next request on; ``False`` when it was revoked before."""
    revoked = ApiToken.objects.filter(id=token.id, revoked_at__isnull=True).update(
        revoked_at=timezone.now(),
    )
    if revoked:
        audit_record("token.revoked", user=token.user_id, target=f"token:{token.id}")
    return bool(revoked)


def tokens_visible_to(user: User) -> QuerySet[ApiToken]:
    """Return a user's own tokens that have not been revoked, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at__isnull=True).order_by("-id")


def is_well_formed(secret: str) -> bool:
    """Tell whether a text can be a token: form and checksum are right."""
    return (
        len(secret) == _LENGTH
        and secret.startswith(PREFIX)
        and secret.isascii()
        and secret[-_CHECKSUM_LENGTH:] == _checksum(secret[:-_CHECKSUM_LENGTH])
    )


def _digest(secret: str) -> str:
    """Return the SHA-256 in hex. A random secret needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    """Return the CRC-32 of a text in six base-62 digits."""
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(_CHECKSUM_LENGTH):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return digits
