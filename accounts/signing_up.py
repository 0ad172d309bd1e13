"""Who may have an account: by invitation, by address, with approval."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import audit_record
from accounts.models import Invitation, User

_SALT = "accounts.invitation"
_KEY = "invitation"


def invitation_create(*, email: str, request: HttpRequest) -> Invitation:
    """Invite somebody by e-mail. The link is signed: the database alone opens nothing."""
    with transaction.atomic():
        invitation = Invitation.objects.create(email=email.lower(), expires_at=_expiry())
        audit_record("invitation.made", target=f"invitation:{invitation.pk}")
    _mail(invitation, request)
    return invitation


def invitation_repeat(*, invitation: Invitation, request: HttpRequest) -> bool:
    """Send an invitation again, good for as long as a new one; ``False`` when it was used."""
    unused = Invitation.objects.filter(pk=invitation.pk, used_at=None)
    if not unused.update(expires_at=_expiry()):
        return False
    _mail(invitation, request)
    return True


def _expiry() -> datetime:
    return timezone.now() + settings.INVITATION_AGE


def _mail(invitation: Invitation, request: HttpRequest) -> None:
    token = signing.dumps(str(invitation.pk), salt=_SALT)
    url = request.build_absolute_uri(reverse("account_invitation", args=[token]))
    days = settings.INVITATION_AGE.days
    get_adapter().send_mail(
        "account/email/invitation", invitation.email, {"url": url, "days": days}
    )


def invitation_of(token: str) -> Invitation | None:
    """Return the invitation that a link stands for, if it still lets somebody in."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return _open(pk)


def invitation_accept(*, invitation: Invitation, request: HttpRequest) -> None:
    """Remember in the session that somebody was invited; the link was sent to their address."""
    request.session[_KEY] = str(invitation.pk)
    get_adapter().stash_verified_email(request, invitation.email)


def invitation_in(request: HttpRequest) -> Invitation | None:
    """Return the invitation that somebody has followed, if it still lets them in."""
    pk = request.session.get(_KEY)
    return _open(pk) if pk else None


def _open(pk: str) -> Invitation | None:
    now = timezone.now()
    return Invitation.objects.filter(pk=pk, used_at=None, expires_at__gt=now).first()


def needs_approval(request: HttpRequest) -> bool:
    """Tell whether an administrator has to approve who signs up now."""
    return settings.SIGN_UP == "approval" and invitation_in(request) is None


def sign_up_refusal(*, email: str, request: HttpRequest) -> str:
    """Return why an address may not sign up, or nothing when it may."""
    invitation = invitation_in(request)
    if invitation is not None:
        if email.lower() == invitation.email:
            return ""
        return _("The invitation is for %(email)s.") % {"email": invitation.email}
    domain = email.rpartition("@")[2].lower()
    if settings.SIGN_UP != "domain" or domain in settings.SIGN_UP_DOMAINS:
        return ""
    domains = ", ".join(settings.SIGN_UP_DOMAINS)
    return _("Only addresses of these domains can sign up: %(domains)s.") % {"domains": domains}


def sign_up_finish(*, user: User, terms_accepted: bool, request: HttpRequest) -> None:
    """Note what belongs to a new account."""
    invitation = invitation_in(request)
    if invitation is not None:
        Invitation.objects.filter(pk=invitation.pk).update(used_at=timezone.now())
        del request.session[_KEY]
    if terms_accepted:
        user.terms_accepted_at = timezone.now()
        user.save(update_fields=["terms_accepted_at"])


def user_approve(*, user: User, request: HttpRequest) -> bool:
    """Let somebody in who has signed up, and tell them; ``False`` when they do not wait for it."""
    waiting = User.objects.filter(pk=user.pk, awaits_approval=True, erase_at=None)
    with transaction.atomic():
        if not waiting.update(awaits_approval=False, is_active=True):
            return False
        audit_record("user.approved", user=user)
    url = request.build_absolute_uri(reverse("account_login"))
    get_adapter().send_mail("account/email/approved", user.email, {"url": url})
    return True


@transaction.atomic
def user_reject(*, user: User) -> bool:
    """Close the account of somebody who has signed up; ``False`` when they do not wait for it."""
    waiting = User.objects.filter(pk=user.pk, awaits_approval=True, is_active=True)
    if not waiting.update(is_active=False):
        return False
    audit_record("user.rejected", user=user)
    return True
