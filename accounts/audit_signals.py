"""What Django and allauth tell of sign-in and passwords, into the audit log."""

from typing import Any

from allauth.account import signals
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from accounts.audit import audit_record
from accounts.models import User


@receiver(user_logged_in)
def signed_in(user: User, **_: Any) -> None:
    """Note that somebody has signed in."""
    audit_record("user.signed_in", actor=user, user=user)


@receiver(user_logged_out)
def signed_out(user: User | None, **_: Any) -> None:
    """Note that somebody has signed out."""
    if user is not None:
        audit_record("user.signed_out", actor=user, user=user)


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    """Note whose account it was. What was typed may be a password, and is not kept."""
    typed = credentials.get("email") or credentials.get("username") or ""
    user = User.objects.filter(email__iexact=typed).first()
    audit_record("user.sign_in_failed", user=user)


@receiver(signals.user_signed_up)
def signed_up(user: User, **_: Any) -> None:
    """Note a new account."""
    audit_record("user.signed_up", actor=user, user=user)


@receiver((signals.password_changed, signals.password_set))
def password_changed(user: User, **_: Any) -> None:
    """Note a changed password."""
    audit_record("user.password_changed", user=user)


@receiver(signals.password_reset)
def password_reset(user: User, **_: Any) -> None:
    """Note a password that was set by way of an e-mail."""
    audit_record("user.password_reset", user=user)


@receiver(mfa_signals.authenticator_added)
def factor_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    """Note a second factor that was set up."""
    audit_record("factor.added", user=user, target=f"factor:{authenticator.pk}")


@receiver(mfa_signals.authenticator_removed)
def factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    """Note a second factor that was removed."""
    audit_record("factor.removed", user=user, target=f"factor:{authenticator.pk}")


@receiver(signals.email_changed)
def email_changed(user: User, **_: Any) -> None:
    """Note a changed address."""
    audit_record("user.email_changed", user=user)
