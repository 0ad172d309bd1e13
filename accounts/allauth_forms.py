"""allauth's forms in the site's words: no Title Case, and one name for an e-mail address."""

from typing import Any

from allauth.account import forms as account
from allauth.socialaccount import forms as elsewhere
from django.utils.translation import gettext_lazy as _

LABELS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "remember": _("Remember me"),
    "oldpassword": _("Current password"),
}
NEW_PASSWORD = {"password1": _("New password"), "password2": _("New password, again")}


class _OurWords:
    """Names the fields of a form that it comes before."""

    labels = LABELS
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            if name in self.fields:
                self.fields[name].label = label


class LoginForm(_OurWords, account.LoginForm):  # type: ignore[misc]
    """Address and password."""


class SignupForm(_OurWords, account.SignupForm):  # type: ignore[misc]
    """Address and password, twice."""


class SignupElsewhereForm(_OurWords, elsewhere.SignupForm):  # type: ignore[misc]
    """The address of an account that another site vouches for."""


class ResetPasswordForm(_OurWords, account.ResetPasswordForm):  # type: ignore[misc]
    """The address to which a link is sent."""


class ResetPasswordKeyForm(_OurWords, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """A password for whoever followed the link."""

    labels = NEW_PASSWORD


class ChangePasswordForm(_OurWords, account.ChangePasswordForm):  # type: ignore[misc]
    """The password that is, and the one that is to be."""

    labels = LABELS | NEW_PASSWORD
