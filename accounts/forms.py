"""Forms of the account pages, where they differ from allauth's."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, Scope, Theme, User, language_choices

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


class ProfileForm(UserForm):
    """What people call themselves, and how they like the pages."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=lambda: [("", _("the browser's")), *language_choices()],
        help_text=_("Of pages and messages."),
    )
    theme = forms.ChoiceField(
        label=_("Theme"), required=False, choices=[("", _("the device's")), *Theme.choices]
    )

    class Meta:
        model = User
        fields = ("name", "language", "theme")
        labels = {"name": _("Name")}


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    """Offers the passkey as the only step, which most devices are made for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        self.fields["passwordless"].label = _("Sign in with it alone, without the password")
        self.fields["passwordless"].initial = True


class EditPasskeyForm(passkey_forms.EditWebAuthnForm):  # type: ignore[misc]
    """Names a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")


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
