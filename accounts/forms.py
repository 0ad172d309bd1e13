"""Forms of the account pages, where they differ from allauth's."""

from allauth.account import forms
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts.models import User


class SignupForm(forms.SignupForm):  # type: ignore[misc]
    """Remembers in which language a person signed up: messages to them use it."""

    def save(self, request: HttpRequest) -> User:
        """Store the user."""
        user: User = super().save(request)
        user.language = get_language() or ""
        user.save(update_fields=["language"])
        return user
