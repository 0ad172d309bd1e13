"""What signing up asks for beyond address and password, here and with another account.

allauth's own forms inherit from it, so it stands apart from those that inherit from allauth's.
"""

from typing import Any

from allauth.core import context
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.signing_up import invitation_in, sign_up_finish, sign_up_refusal


class SignUpForm(forms.Form):
    """Checks the address, and asks for the terms to be accepted where there are any."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        invitation = invitation_in(context.request)
        if invitation is not None:
            self.initial["email"] = invitation.email
            self.fields["email"].widget.attrs["readonly"] = True
        if settings.TERMS_URL:
            label = format_html(
                '{} <a href="{}">{}</a>', _("I accept the"), settings.TERMS_URL, _("terms of use")
            )
            self.fields["terms"] = forms.BooleanField(label=label)

    def clean(self) -> dict[str, Any]:
        """Refuse an address that may not sign up."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "email" in cleaned:
            refusal = sign_up_refusal(email=cleaned["email"], request=context.request)
            if refusal:
                self.add_error("email", refusal)
        return cleaned

    def signup(self, request: HttpRequest, user: User) -> None:
        """Note what belongs to the account, once it is stored."""
        accepted = self.cleaned_data.get("terms", False)
        sign_up_finish(user=user, terms_accepted=accepted, request=request)
