"""Sentences of Django and allauth that our catalogues word anew.

Their Spanish says "usted" here and "tú" there; the site says "tú" throughout. A catalogue
of the site comes before theirs, but only sentences found in our code stay in it.
"""

# ruff: noqa: RUF001 - the apostrophes are theirs

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

SENTENCES = (
    # allauth
    _("Please type your current password."),
    _("You must type the same password each time."),
    _("Too many failed login attempts. Try again later."),
    _("Be patient, you are sending too many requests."),
    _("Forgot your password?"),
    _("Password (again)"),
    _("A user is already registered with this email address."),
    _("You cannot remove your primary email address."),
    _("Code"),
    _("Authenticator code"),
    _("Incorrect code."),
    _("Incorrect password."),
    _("Master key"),
    _("Backup key"),
    _("You cannot activate two-factor authentication until you have verified your email address."),
    # Django
    _("Your password can’t be too similar to your other personal information."),
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be entirely numeric."),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    _("Enter a valid email address."),
    _("Enter a whole number."),
    _("Ensure this value is greater than or equal to %(limit_value)s."),
    _("Ensure this value is less than or equal to %(limit_value)s."),
)
