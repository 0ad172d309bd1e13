"""A site's database with a job in each state and everything else that a page shows.

The site runs in the test's process and without workers, so that what waits goes on waiting.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.export_model import DataExport
from accounts.models import User
from accounts.tokens import token_create
from classify.builder.calibration import read_photograph
from classify.models import Feedback, Model
from tests.factories import BatchFactory, JobFactory, UserFactory, export_stored
from tests.passkeys import passkey_create
from worker.models import Batch, Job, Status, Webhook, WebhookDelivery
from worker.retention import pictures_delete
from worker.sharing import share_create, share_token
from worker.webhooks import EVENTS, webhook_create

WEEK = timedelta(days=7)
MODELS = ("efficientnet-lite2-int8", "efficientnet-lite0-fp32", "efficientnet-lite2-fp32")
CAT = (("n02124075", 0.62), ("n02123045", 0.21), ("n02127052", 0.05), ("n02123159", 0.03))
COFFEE = (("n07920052", 0.8783), ("n07584110", 0.0148), ("n07930864", 0.0134), ("n03063599", 0.006))
SOME_CAT = (("n02123045", 0.41), ("n02124075", 0.33), ("n02127052", 0.06), ("n02123159", 0.05))
HARDLY = (("n04008634", 0.21), ("n03773504", 0.14), ("n02814860", 0.08), ("n02825657", 0.05))
SCOOTER = (("n03791053", 0.7412), ("n03785016", 0.1204), ("n04482393", 0.02), ("n02835271", 0.01))
CAMERA = (("n04485082", 0.5508), ("n03976467", 0.1002), ("n02808304", 0.05), ("n03207941", 0.01))
HORSE = (("n02106662", 0.51), ("n02389026", 0.24), ("n02397096", 0.05), ("n02410509", 0.02))
SEEN = (
    ("Gata en el sofá, marzo.jpg", "chelsea.png", CAT),
    ("IMG_20260614_183012_HDR.jpg", "motorcycle_left.png", SCOOTER),
    ("launch.jpg", "rocket.jpg", HARDLY),
    ("camera.jpg", "camera.png", CAMERA),
    ("horse.png", "horse.png", HORSE),
    ("garage.jpg", "motorcycle_right.png", SCOOTER),
)

AGENTS = (
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
)


@cache
def jpeg(name: str, side: int = 1024) -> bytes:
    """Return one of scikit-image's photographs, as the site keeps it to be shown."""
    image = read_photograph(name)
    image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def output(scores: Iterable[tuple[str, float]]) -> dict[str, Any]:
    """Return what a worker stores of a result."""
    predictions = [{"id": label, "index": 0, "score": score} for label, score in scores]
    return {"predictions": predictions}


def classified(
    user: User, name: str, photograph: str, scores: Sequence[tuple[str, float]], **fields: Any
) -> Job:
    """Make a job that has ended well, with its pictures."""
    now = timezone.now()
    values = {
        "user": user,
        "service": "classify",
        "model": MODELS[0],
        "model_version": "1.0",
        "input_name": name,
        "input_width": 4000,
        "input_height": 3000,
        "input_bytes": 3_412_000,
        "finished": Status.SUCCEEDED,
        "output": output(scores),
        "label": scores[0][0],
        "score": scores[0][1],
        "predict_ms": 14.2,
        "started_at": now,
        "finished_at": now + timedelta(seconds=1),
    }
    job = JobFactory.create(**values | fields)
    job.input.save(f"jobs/{job.id}/input.jpg", ContentFile(jpeg(photograph)))
    job.display.save(f"jobs/{job.id}/display-1.jpg", ContentFile(jpeg(photograph)))
    job.thumbnail.save(f"jobs/{job.id}/thumbnail-1.jpg", ContentFile(jpeg(photograph, 320)))
    return job


def explained(job: Job) -> None:
    """Add what a result hangs on."""
    rows = range(12)
    grid = [[max(0, 100 - 9 * ((x - 7) ** 2 + (y - 4) ** 2)) for x in rows] for y in rows]
    JobFactory.create(
        user=job.user,
        service="explain",
        source=job,
        model=job.model,
        parameters={"label": job.label},
        finished=Status.SUCCEEDED,
        label=job.label,
        output={
            "label": job.label,
            "score": 0.87,
            "covered": 0.31,
            "area": [0.125, 0.0, 0.875, 1.0],
            "aspect": 1.5,
            "grid": grid,
        },
    )


class Stage:
    """Everything that pages show, and where it is."""

    def __init__(self) -> None:
        call_command("load_classes", verbosity=0)
        facts = {"version": "1.0", "sha256": "0" * 64, "engine": "litert", "input_size": 224}
        for name in MODELS:
            Model.objects.create(name=name, is_default=name == MODELS[0], **facts)
        self.user = UserFactory.create(email="ana.martinez@example.com")
        self.newcomer = UserFactory.create(email="new@example.com")
        self.address = EmailAddress.objects.create(
            user=self.user, email=self.user.email, primary=True, verified=True
        )
        TOTP.activate(self.user, generate_totp_secret())
        RecoveryCodes.activate(self.user)
        self.passkey = passkey_create(self.user, "Portátil de Ana")
        for key, agent in enumerate(AGENTS):
            self._session(str(key), agent)
        self.token, _ = token_create(user=self.user, name="Nightly import")
        token_create(user=self.user, name="Old laptop", expires_at=timezone.now() - WEEK)
        self.batch = self._batch("queued", "running", "failed")
        self.done = self._batch("failed")
        self.states = {
            state: self._job(state)
            for state in ("queued", "running", "failed", "canceled", "expired")
        }
        self.seen = [classified(self.user, *one) for one in SEEN]
        Feedback.objects.create(job=self.seen[4], correct=False, label_id="n02389026")
        self.sure = classified(self.user, "coffee.jpg", "coffee.png", COFFEE)
        explained(self.sure)
        another = {"model": MODELS[1], "source": self.sure, "predict_ms": 9.4}
        less = (("n07920052", 0.61), *COFFEE[1:])
        classified(self.user, "coffee.jpg", "coffee.png", less, **another)
        self.share = share_create(job=self.sure, lifetime=WEEK)
        self.unsure = classified(self.user, "launch.jpg", "rocket.jpg", HARDLY)
        export_stored(self.user)
        DataExport.objects.create(user=self.user, total=120, done=47)
        self.bare = classified(self.user, "IMG_20260614.jpg", "chelsea.png", CAT)
        pictures_delete(jobs=[self.bare])
        self.parent = classified(self.user, "chelsea.jpg", "chelsea.png", SOME_CAT)
        self.webhook = self._webhook()
        self.webhook_off = webhook_create(
            user=self.user, url="https://old.example.org/", events=["job.failed"]
        )
        Webhook.objects.filter(id=self.webhook_off.id).update(
            disabled_at=timezone.now(), disabled_reason="failing"
        )

    def _webhook(self) -> Webhook:
        """Have a program told of jobs, with a message in each state."""
        webhook = webhook_create(
            user=self.user,
            url="https://automation.museum.example.com/hooks/vitrina?key=3f1c9a5e7d2b4860",
            events=EVENTS,
            description="Catálogo del museo, nuevas fotografías",
        )
        now = timezone.now()
        broken = {"response_status": 500, "response_excerpt": "<h1>Server Error</h1>"}
        silent = {"response_status": None, "response_excerpt": "url_unreachable: time-out"}
        tries = [
            {**one, "at": (now - WEEK).isoformat(), "duration_ms": 812.4}
            for one in (broken, silent, broken)
        ]
        good = {"response_status": 204, "response_excerpt": "", "duration_ms": 96.0}
        for status, event, log, fields in (
            ("succeeded", "job.succeeded", [*tries[:1], {**good, "at": now.isoformat()}], {}),
            ("failed", "job.failed", tries, {}),
            ("pending", "job.succeeded", tries[:2], {"next_attempt_at": now + WEEK}),
            ("pending", "test", [], {"next_attempt_at": now}),
        ):
            WebhookDelivery.objects.create(
                webhook=webhook,
                event=event,
                job=self.sure if event != "test" else None,
                payload={},
                status=status,
                tries=log,
                attempts=len(log),
                **fields,
            )
        return webhook

    def _session(self, key: str, agent: str) -> None:
        """Have the user signed in on another device."""
        store = SessionStore(session_key=key * 32)
        store.update(
            {
                SESSION_KEY: str(self.user.pk),
                BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                HASH_SESSION_KEY: self.user.get_session_auth_hash(),
            }
        )
        store.save(must_create=True)
        UserSession.objects.create(
            user=self.user, session_key=store.session_key, ip="192.0.2.44", user_agent=agent
        )

    def _batch(self, *states: str) -> Batch:
        """Make a batch of three results and a job in each of some states."""
        batch = BatchFactory.create(user=self.user, service="classify")
        for one in SEEN[:3]:
            classified(self.user, *one, batch=batch)
        for state in states:
            self._job(state, batch=batch)
        return batch

    def _job(self, state: str, **fields: Any) -> Job:
        """Make a job without a result."""
        now = timezone.now()
        by_state: dict[str, dict[str, Any]] = {
            "queued": {},
            "running": {
                "status": state,
                "attempts": 1,
                "started_at": now,
                "lease_expires_at": now + WEEK,
            },
            "failed": {"finished": state, "error_code": "broken_image"},
        }
        values = by_state.get(state, {"finished": state}) | fields
        return JobFactory.create(user=self.user, service="classify", model="", **values)

    def visitor_pages(self) -> dict[str, str]:
        """Return what one sees without an account."""
        assert self.share is not None
        confirmation = EmailConfirmationHMAC(
            EmailAddress.objects.create(user=self.newcomer, email="ana@example.org")
        )
        key = default_token_generator.make_token(self.user)
        reset = f"/accounts/password/reset/key/{user_pk_to_url_str(self.user)}-{key}/"
        return {
            "landing": "/",
            "api": "/api/docs",
            "example": "/examples/motorcycle/",
            "login": "/accounts/login/",
            "signup": "/accounts/signup/",
            "reset": "/accounts/password/reset/",
            "reset-sent": "/accounts/password/reset/done/",
            "reset-choose": reset,
            "reset-done": "/accounts/password/reset/key/done/",
            "reset-too-late": "/accounts/password/reset/key/1-old/",
            "confirm": f"/accounts/confirm-email/{confirmation.key}/",
            "confirm-sent": "/accounts/confirm-email/",
            "confirm-too-late": "/accounts/confirm-email/old/",
            "inactive": "/accounts/inactive/",
            "awaits-approval": "/accounts/awaits-approval/",
            "account-closed": "/accounts/delete/asked/",
            "account-keep": f"/accounts/delete/undo/{self._to_be_erased()}/",
            "account-keep-gone": "/accounts/delete/undo/old/",
            "invitation-gone": "/accounts/invitation/old/",
            "elsewhere": "/accounts/oidc/work/login/",
            "elsewhere-stopped": "/accounts/3rdparty/login/cancelled/",
            "elsewhere-failed": "/accounts/3rdparty/login/error/",
            "shared": f"/shared/{share_token(self.share)}/",
            "shared-gone": f"/shared/{self._revoked()}/",
            "offline": "/offline/",
            "404": "/nothing-here",
            **{str(status): f"/fails/{status}/" for status in (400, 403, 429, 500, 503)},
            "api-errors": "/api/errors",
        }

    def _to_be_erased(self) -> str:
        """Return the token with which an account is kept that was to be erased."""
        due = timezone.now() + WEEK
        user = UserFactory.create(is_active=False, erase_at=due)
        return signing.dumps([user.pk, due.isoformat()], salt="accounts.erasure")

    def _revoked(self) -> str:
        """Return the token of a link that opens nothing any more."""
        share = share_create(job=self.unsure, lifetime=WEEK)
        assert share is not None
        token = share_token(share)
        share.delete()
        return token

    def newcomer_pages(self) -> dict[str, str]:
        """Return what somebody sees who has nothing yet."""
        return {
            "jobs-empty": "/jobs/",
            "tokens-empty": "/accounts/tokens/",
            "webhooks-empty": "/accounts/webhooks/",
            "factors-none": "/accounts/2fa/",
            "app-set-up": "/accounts/2fa/totp/activate/",
        }

    def member_pages(self) -> dict[str, str]:
        """Return what somebody with an account and jobs sees."""
        sure = f"/jobs/{self.sure.id}/"
        return {
            "submit": "/",
            "jobs": "/jobs/?view=gallery",
            "jobs-list": "/jobs/?view=list",
            "jobs-filtered": "/jobs/?q=cat&sure=50&state=succeeded&sort=surest&view=gallery",
            "jobs-none": "/jobs/?q=xyzzy",
            "job": sure,
            "job-unsure": f"/jobs/{self.unsure.id}/",
            "job-parent": f"/jobs/{self.parent.id}/",
            "job-corrected": f"/jobs/{self.seen[4].id}/",
            **{f"job-{state}": f"/jobs/{job.id}/" for state, job in self.states.items()},
            "choose": f"{sure}right-class",
            "choose-found": f"{sure}right-class?q=cat",
            "delete": f"{sure}delete",
            "batch": f"/batches/{self.batch.id}/",
            "batch-done": f"/batches/{self.done.id}/",
            "email": "/accounts/email/",
            "password": "/accounts/password/change/",
            "reauthenticate": "/accounts/reauthenticate/",
            "profile": "/accounts/profile/",
            "factors": "/accounts/2fa/",
            "passkeys": "/accounts/2fa/webauthn/",
            "reauthenticate-code": "/accounts/2fa/reauthenticate/",
            "reauthenticate-passkey": "/accounts/2fa/webauthn/reauthenticate/",
            "app-off": "/accounts/2fa/totp/deactivate/",
            "codes": "/accounts/2fa/recovery-codes/",
            "codes-new": "/accounts/2fa/recovery-codes/generate/",
            "passkey-add": "/accounts/2fa/webauthn/add/",
            "passkey-rename": f"/accounts/2fa/webauthn/keys/{self.passkey.pk}/edit/",
            "passkey-remove": f"/accounts/2fa/webauthn/keys/{self.passkey.pk}/remove/",
            "elsewhere-accounts": "/accounts/3rdparty/",
            "sessions": "/accounts/sessions/",
            "tokens": "/accounts/tokens/",
            "webhooks": "/accounts/webhooks/",
            "webhook": f"/accounts/webhooks/{self.webhook.id}/",
            "webhook-off": f"/accounts/webhooks/{self.webhook_off.id}/",
            "webhook-delete": f"/accounts/webhooks/{self.webhook.id}/delete",
            "token-revoke": f"/accounts/tokens/{self.token.id}/revoke",
            "usage": "/accounts/usage/",
            "data": "/accounts/data/",
            "account-delete": "/accounts/delete/",
            "job-picture-gone": f"/jobs/{self.bare.id}/",
            "logout": "/accounts/logout/",
        }

    def administrator_pages(self) -> dict[str, str]:
        """Return the main pages of the admin: lists, rows and forms."""
        rows = {
            "accounts_user": self.user.pk,
            "accounts_auditentry": None,
            "worker_job": self.sure.pk,
            "worker_webhook": None,
            "classify_model": MODELS[0],
            "classify_label": COFFEE[0][0],
        }
        pages = {"admin": reverse("admin:index")}
        for name, row in rows.items():
            pages[f"admin-{name}"] = reverse(f"admin:{name}_changelist")
            if row is not None:
                pages[f"admin-{name}-one"] = reverse(f"admin:{name}_change", args=[row])
        for name in ("accounts_user", "accounts_invitation", "auth_group", "classify_model"):
            pages[f"admin-{name}-new"] = reverse(f"admin:{name}_add")
        return pages
