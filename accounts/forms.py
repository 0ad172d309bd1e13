"""Forms of the account pages, where they differ from allauth's."""

from datetime import datetime, timedelta

from allauth.account import forms as allauth_forms
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, Scope, User


class SignupForm(allauth_forms.SignupForm):  # type: ignore[misc]
    """Remembers in which language a person signed up: messages to them use it."""

    def save(self, request: HttpRequest) -> User:
        """Store the user."""
        user: User = super().save(request)
        user.language = get_language() or ""
        user.save(update_fields=["language"])
        return user


class TokenForm(forms.Form):
    """What an API token is to be."""

    name = forms.CharField(
        label=_("Name"),
        max_length=ApiToken.NAME_LENGTH,
        help_text=_("Where you will use it, to tell tokens apart."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may be used for"),
        choices=Scope.choices,
        initial=[Scope.JOBS_READ, Scope.JOBS_WRITE],
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
    )
    days = forms.TypedChoiceField(
        label=_("How long it works"),
        choices=[
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("a year")),
            ("", _("until you revoke it")),
        ],
        initial="90",
        required=False,
        coerce=int,
        empty_value=None,
    )

    def expires_at(self) -> datetime | None:
        """Return until when the token works, once the form is valid."""
        days: int | None = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None
