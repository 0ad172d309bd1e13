"""What administrators do to accounts. Writes only."""

from collections.abc import Callable

from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest

from accounts.audit import audit_record
from accounts.models import User

_when_disabled: list[Callable[[User], None]] = []


def when_user_disabled(call: Callable[[User], None]) -> None:
    """Have an app stop what it does for a user when they are disabled."""
    _when_disabled.append(call)


def user_create(*, user: User, request: HttpRequest) -> User:
    """Store a new user and send them an e-mail with which they choose a password.

    An administrator answers for the address: it counts as confirmed.
    """
    with transaction.atomic():
        user.set_unusable_password()
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        audit_record("user.created", user=user)
    _mail_reset(user, request)
    return user


@transaction.atomic
def first_admin_create(*, email: str, password: str) -> User | None:
    """Make the account with which a new site is administered; ``None`` when there is one.

    Whoever starts the site answers for the address: it counts as confirmed.

    :raises django.core.exceptions.ValidationError: when address or password will not do.
    """
    if User.objects.filter(is_superuser=True, is_active=True).exists():
        return None
    validate_email(email)
    if User.objects.filter(email__iexact=email).exists():
        raise ValidationError(f"{email} has an account that is no administrator's.")
    validate_password(password, User(email=email))
    user = User.objects.create_superuser(email, password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    audit_record("user.created", user=user)
    return user


@transaction.atomic
def user_disable(*, user: User) -> bool:
    """Shut a user out: sessions and tokens open nothing from now on, and unfinished jobs end.

    :returns: ``False`` when they are already, or nobody would be left to administer the site.
    """
    if is_last_administrator(user):
        return False
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        return False
    audit_record("user.disabled", user=user)
    for call in _when_disabled:
        call(user)
    return True


def is_last_administrator(user: User) -> bool:
    """Tell whether without somebody nobody would be left to administer the site."""
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return user.is_superuser and not others.exists()


@transaction.atomic
def user_enable(*, user: User) -> bool:
    """Let a disabled user in again, also one who was to be erased; ``False`` when they are in."""
    disabled = User.objects.filter(pk=user.pk, is_active=False).exclude(erase_at__lte=Now())
    enabled = disabled.update(is_active=True, erase_at=None)
    if enabled:
        audit_record("user.enabled", user=user)
    return bool(enabled)


def user_force_reset(*, user: User, request: HttpRequest) -> bool:
    """Make a user's password and sessions useless, and send an e-mail to choose a new one.

    :returns: ``False`` when the user is disabled: they could not use it.
    """
    if not user.is_active:
        return False
    user.set_unusable_password()
    user.save(update_fields=["password"])
    audit_record("user.reset_forced", user=user)
    _mail_reset(user, request)
    return True


@transaction.atomic
def user_remove_factors(*, user: User) -> bool:
    """Have a user who has lost their device sign in with the password alone, once more.

    :returns: ``False`` when there is no second factor.
    """
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if removed:
        audit_record("user.factors_removed", user=user)
    return bool(removed)


def _mail_reset(user: User, request: HttpRequest) -> None:
    form = ResetPasswordForm({"email": user.email})
    if form.is_valid():
        form.save(request)
