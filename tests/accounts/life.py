"""A person who has used everything there is, with marks in all of it that a search finds."""

import io
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.exporting import export_request
from accounts.models import Allowance, Invitation, User
from accounts.retention import retention_set
from accounts.tokens import token_create
from classify.models import Feedback, Label, Parent
from tests.factories import PASSWORD, BatchFactory, JobFactory
from tests.passkeys import passkey_create
from worker.files import folder_of
from worker.models import ErasedJob, IdempotencyKey, Job, Mark, WebhookDelivery, new_id
from worker.quotas import usage_add
from worker.retention import mark_of
from worker.sharing import share_create
from worker.webhooks import webhook_create

EMAIL = "zenobia.quistgaard@findme.example"
OLD_EMAIL = "zenobia.old@findme.example"
NAME = "Zenobia Quistgaard"
FILE = "Zenobias-Geheimnis.jpg"
SECRET = b"PLANTED-IN-THE-PICTURE"
ADDRESS = "203.0.113.77"
AGENT = "Findme-Browser/7"
MARKS = (
    "zenobia",
    "quistgaard",
    "findme",
    "geheimnis",
    SECRET.decode().lower(),
    ADDRESS,
    "planted",
)
"""What must be nowhere in the end, in small letters."""


def marked_picture() -> bytes:
    """Return a picture with a mark in its bytes."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(buffer, "JPEG", comment=SECRET)
    return buffer.getvalue()


def picture_job(user: User, **fields: Any) -> Job:
    """Make a job with its three pictures, and what a lost attempt has left."""
    job = JobFactory.create(
        user=user,
        input_name=FILE,
        input_bytes=len(marked_picture()),
        **{"finished": "succeeded", "service": "classify"} | fields,
    )
    for name in ("input", "display", "thumbnail"):
        getattr(job, name).save(f"{folder_of(job)}/{name}.jpg", ContentFile(marked_picture()))
    job.input.storage.save(f"{folder_of(job)}/display-7.jpg", ContentFile(marked_picture()))
    usage_add(job=job, jobs=1, size=job.input_bytes)
    return job


def browser() -> Client:
    """Return the person's browser."""
    return Client(headers={"User-Agent": AGENT, "X-Request-Id": "zenobia-1"}, REMOTE_ADDR=ADDRESS)


def sign_in(client: Client, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": EMAIL, "password": password})


def lived() -> User:
    """Make the person, and have them do everything."""
    user = User.objects.create_user(EMAIL, PASSWORD, name=NAME, language="en")
    address = EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    EmailConfirmation.objects.create(email_address=address, key="planted-key")
    EmailAddress.objects.create(user=user, email=OLD_EMAIL)
    Invitation.objects.create(email=OLD_EMAIL, expires_at=timezone.now())
    _signs_in(user)
    _is_known_elsewhere(user)
    _works(user)
    return user


def _signs_in(user: User) -> None:
    client = browser()
    assert sign_in(client).status_code == 302
    client.get("/jobs/")
    client.get("/api/v1/me/usage")
    sign_in(browser(), "planted-wrong-password")
    stays_at_the_second_step = browser()
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    passkey_create(user, "Zenobia's phone")
    sign_in(stays_at_the_second_step)


def _is_known_elsewhere(user: User) -> None:
    account = SocialAccount.objects.create(
        user=user, provider="work", uid="planted-uid", extra_data={"email": EMAIL}
    )
    SocialToken.objects.create(account=account, token="planted-token")
    group = Group.objects.create(name="Some group")
    user.groups.add(group)
    user.user_permissions.add(Permission.objects.all()[0])
    Allowance.objects.create(user=user, jobs_per_day=7)
    token_create(user=user, name="Zenobia's script")
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.all()[0],
        object_repr="planted",
        action_flag=1,
    )


def _works(user: User) -> None:
    drink = Parent.objects.create(slug="drink", name_en="drink", name_es="bebida")
    label = Label.objects.create(
        id="n07920052", index=967, name_en="espresso", name_es="café", parent=drink
    )
    batch = BatchFactory.create(user=user, service="classify")
    output = {"predictions": [{"id": label.id, "index": 967, "score": 0.9}], "x": "planted"}
    job = picture_job(user, batch=batch, output=output, label=label.id, score=0.9)
    picture_job(user, finished="failed")
    picture_job(user, service="explain", source=job)
    Feedback.objects.create(job=job, correct=True)
    assert share_create(job=job, lifetime=timedelta(days=3)) is not None
    hook = webhook_create(
        user=user, url="https://findme.example/planted", events=["job.succeeded"], description=NAME
    )
    WebhookDelivery.objects.create(
        webhook=hook, event="job.succeeded", job=job, payload={"file": FILE}
    )
    IdempotencyKey.objects.create(user=user, key="planted-key", fingerprint="x", job=job)
    ErasedJob.objects.create(id=new_id(), user=user)
    Mark.objects.create(name=mark_of(user.pk), job=job.id)
    retention_set(user=user, retention="pictures", days=300)
    export_request(user=user, origin="https://site.example")
