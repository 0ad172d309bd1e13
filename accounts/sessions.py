"""How long a session lasts."""

import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils import timezone

_BEGAN = "began"
_SEEN = "seen"
_SEEN_EVERY = 600
"""How exact the last use is, in seconds: a write for each request would cost more than it tells."""


def session_begin(request: HttpRequest) -> None:
    """Note when somebody signed in."""
    request.session[_BEGAN] = request.session[_SEEN] = int(time.time())


def session_touch(request: HttpRequest) -> None:
    """End a session that is too old or was left alone for too long; else note that it is used."""
    session = request.session
    if _BEGAN not in session:
        return
    now = int(time.time())
    old = now - session[_BEGAN] > settings.SESSION_COOKIE_AGE
    idle = now - session[_SEEN] > settings.SESSION_IDLE_AGE
    if old or (idle and session.get_expire_at_browser_close()):
        logout(request)
    elif now - session[_SEEN] > _SEEN_EVERY:
        session[_SEEN] = now
        UserSession.objects.filter(session_key=session.session_key).update(
            last_seen_at=timezone.now()
        )
