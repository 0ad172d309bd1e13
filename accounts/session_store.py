"""Where sessions are stored: in Django's table, read with one prepared statement."""

from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from project.statements import row_get


class SessionStore(db.SessionStore):
    """Django's store; each request of somebody who has signed in reads a session."""

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing when it has ended, which Django's sees to."""
        row = row_get(self.model, self.session_key) if self.session_key else None
        if row is None or row.expire_date <= timezone.now():
            return super().load()
        return self.decode(row.session_data)
