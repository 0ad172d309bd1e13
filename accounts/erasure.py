"""Deleting an account for good: asked for, undone within some days, carried out by the sweeper."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.administration import is_last_administrator, user_disable
from accounts.audit import audit_record
from accounts.models import User
from accounts.notices import erasure_notice
from accounts.personal import personal_parts

logger = logging.getLogger(__name__)

_SALT = "accounts.erasure"


def erasure_ask(*, user: User, request: HttpRequest) -> bool:
    """Shut an account at once, and have it erased after the days of grace; its owner is told.

    When they have asked for it themselves, the message has a link to undo it.

    :returns: ``False`` when that is so already, or nobody would be left to administer the site.
    """
    if is_last_administrator(user):
        return False
    erase_at = timezone.now() + timedelta(days=settings.ERASURE_GRACE_DAYS)
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, erase_at=None).update(erase_at=erase_at):
            return False
        user_disable(user=user)
        audit_record("erasure.asked", user=user)
    user.erase_at = erase_at
    undo = ""
    if request.user == user:
        token = signing.dumps([user.pk, erase_at.isoformat()], salt=_SALT)
        undo = request.build_absolute_uri(reverse("account_delete_undo", args=[token]))
    erasure_notice(user=user, undo_url=undo)
    return True


def erasure_of(token: str) -> User | None:
    """Return whose erasure a link undoes, if it still can."""
    try:
        pk, erase_at = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk, erase_at=erase_at, erase_at__gt=Now()).first()


def erasure_undo(*, user: User) -> bool:
    """Open an account again whose erasure has not begun; ``False`` when it has."""
    with transaction.atomic():
        waiting = User.objects.filter(pk=user.pk, erase_at__gt=Now())
        undone = waiting.update(erase_at=None, is_active=True)
        if undone:
            audit_record("erasure.undone", user=user)
    return bool(undone)


def erasures_carry_out() -> int:
    """Erase some of the account whose time came first; return how many accounts are gone."""
    user = User.objects.filter(erase_at__lte=Now()).order_by("erase_at").first()
    return int(user is not None and erasure_go_on(user=user))


def erasure_now(*, user: User) -> None:
    """Erase an account without any grace, and see it through."""
    user_disable(user=user)
    User.objects.filter(pk=user.pk).update(erase_at=Now())
    audit_record("erasure.asked", user=user)
    while not erasure_go_on(user=user):
        pass


def erasure_go_on(*, user: User) -> bool:
    """Erase some of an account; ``True`` once it is gone.

    What is broken off goes on where it was, as each part erases what it still finds.
    """
    if not all(part.erase(user) for part in personal_parts()):
        return False
    number = user.pk
    with transaction.atomic():
        user.delete()
        audit_record("erasure.done", user=number)
    logger.info("account %d is erased", number)
    return True
