"""How somebody is recognised."""

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend

from accounts.models import User
from project.statements import row_get


class AuthenticationBackend(AllauthBackend):  # type: ignore[misc]
    """Allauth's; each request of somebody who has signed in reads an account."""

    def get_user(self, user_id: int) -> User | None:
        """Return an account that may be used."""
        user = row_get(User, user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
