"""Every page, for every kind of caller. A page without a row fails; ``tests/api`` has the API."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Scope, User
from accounts.tokens import token_create, token_revoke
from project.api.views import ApiView
from tests.conftest import picture
from tests.factories import BatchFactory, UserFactory, export_stored
from tests.passkeys import passkey_create
from tests.web.conftest import confirm
from worker.models import Job
from worker.sharing import share_create, share_token
from worker.webhooks import EVENTS, webhook_create, webhook_test

ANYONE, ACCOUNT, OWNER, OPERATOR = "anyone", "account", "owner", "operator"
GET, POST = "GET", "POST"


class Rule(NamedTuple):
    """Who sees a page, how it is asked for, and what those get who may.

    An empty form is mostly sent: 302 and 400 show that they were let in.
    """

    who: str
    method: str
    good: int
    form: str = ""
    without: int | None = None
    """What those get who have none of it yet, where that differs."""


JOB = "jobs/<uuid:job_id>/"
RULES: dict[str, Rule] = {
    "": Rule(ANYONE, GET, 200),
    "examples/<slug:slug>/": Rule(ANYONE, GET, 404),  # tests have none
    "examples/<slug:slug>-small.jpg": Rule(ANYONE, GET, 404),
    "examples/<slug:slug>.jpg": Rule(ANYONE, GET, 404),
    "submit/batch": Rule(ACCOUNT, POST, 400),
    "submit/batch/<uuid:batch_id>": Rule(OWNER, POST, 400),
    "submit/picture": Rule(ACCOUNT, POST, 400),
    "jobs/": Rule(ACCOUNT, GET, 200),
    "jobs/selected/": Rule(ACCOUNT, POST, 400),
    JOB: Rule(OWNER, GET, 200),
    f"{JOB}status": Rule(OWNER, GET, 200),
    f"{JOB}picture": Rule(OWNER, GET, 200),
    f"{JOB}thumbnail": Rule(OWNER, GET, 200),
    f"{JOB}download": Rule(OWNER, GET, 200),
    f"{JOB}derived": Rule(OWNER, GET, 304),
    f"{JOB}result.json": Rule(OWNER, GET, 200),
    f"{JOB}cancel": Rule(OWNER, POST, 302),
    f"{JOB}retry": Rule(OWNER, POST, 302),
    f"{JOB}delete": Rule(OWNER, POST, 302),
    f"{JOB}rerun": Rule(OWNER, POST, 302, "model=fast"),
    f"{JOB}explain": Rule(OWNER, POST, 302, "label=n07920052"),
    f"{JOB}feedback": Rule(OWNER, POST, 302, "answer=right"),
    f"{JOB}right-class": Rule(OWNER, GET, 200),
    f"{JOB}links": Rule(OWNER, POST, 400),
    f"{JOB}links/<uuid:share_id>/revoke": Rule(OWNER, POST, 302),
    "shared/<str:token>/": Rule(ANYONE, GET, 200),
    "shared/<str:token>/picture.jpg": Rule(ANYONE, GET, 200),
    "shared/<str:token>/thumbnail.jpg": Rule(ANYONE, GET, 200),
    "batches/<uuid:batch_id>/": Rule(OWNER, GET, 200),
    "batches/<uuid:batch_id>/status": Rule(OWNER, GET, 200),
    "console/": Rule(OPERATOR, GET, 404),
    "console/live": Rule(OPERATOR, GET, 404),
    "console/service": Rule(OPERATOR, POST, 404),
    "console/retry": Rule(OPERATOR, POST, 404),
    "accounts/language/": Rule(ANYONE, POST, 400),
    "accounts/theme/": Rule(ANYONE, POST, 302),
    "accounts/impersonation/": Rule(ACCOUNT, POST, 302),
    "accounts/": Rule(ANYONE, GET, 302),
    "accounts/invitation/<str:token>/": Rule(ANYONE, GET, 410),  # the tests of sign-up have one
    "accounts/awaits-approval/": Rule(ANYONE, GET, 200),
    "accounts/3rdparty/": Rule(ACCOUNT, GET, 200),
    "accounts/3rdparty/login/cancelled/": Rule(ANYONE, GET, 200),
    "accounts/3rdparty/login/error/": Rule(ANYONE, GET, 401),
    "accounts/profile/": Rule(ACCOUNT, GET, 200),
    "accounts/sessions/": Rule(ACCOUNT, GET, 200),
    "accounts/sessions/<int:session_id>/end": Rule(OWNER, POST, 302),
    "accounts/2fa/": Rule(ACCOUNT, GET, 200),
    "accounts/2fa/reauthenticate/": Rule(ACCOUNT, GET, 200, without=302),
    "accounts/2fa/totp/activate/": Rule(ACCOUNT, GET, 302, without=200),
    "accounts/2fa/totp/deactivate/": Rule(ACCOUNT, GET, 200, without=404),
    "accounts/2fa/recovery-codes/": Rule(ACCOUNT, GET, 200, without=404),
    "accounts/2fa/recovery-codes/download/": Rule(ACCOUNT, GET, 200, without=404),
    "accounts/2fa/recovery-codes/generate/": Rule(ACCOUNT, GET, 200),
    "accounts/2fa/webauthn/": Rule(ACCOUNT, GET, 200),
    "accounts/2fa/webauthn/add/": Rule(ACCOUNT, GET, 200),
    "accounts/2fa/webauthn/reauthenticate/": Rule(ACCOUNT, GET, 200, without=302),
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": Rule(OWNER, GET, 200),
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": Rule(OWNER, GET, 200),
    "accounts/usage/": Rule(ACCOUNT, GET, 200),
    "accounts/data/": Rule(ACCOUNT, GET, 200),
    "accounts/webhooks/": Rule(ACCOUNT, GET, 200),
    "accounts/webhooks/<uuid:webhook_id>/": Rule(OWNER, GET, 200),
    "accounts/webhooks/<uuid:webhook_id>/secret": Rule(OWNER, POST, 200),
    "accounts/webhooks/<uuid:webhook_id>/test": Rule(OWNER, POST, 302),
    "accounts/webhooks/<uuid:webhook_id>/switch": Rule(OWNER, POST, 302),
    "accounts/webhooks/<uuid:webhook_id>/delete": Rule(OWNER, POST, 302),
    "accounts/webhooks/deliveries/<uuid:delivery_id>/replay": Rule(OWNER, POST, 302),
    "accounts/data/exports": Rule(ACCOUNT, GET, 200),
    "accounts/data/exports/new": Rule(ACCOUNT, POST, 302),
    "accounts/data/exports/<uuid:export_id>/zip": Rule(OWNER, GET, 200),
    "accounts/data/exports/<uuid:export_id>/delete": Rule(OWNER, POST, 302),
    "accounts/delete/": Rule(ACCOUNT, GET, 200),
    "accounts/delete/asked/": Rule(ANYONE, GET, 200),
    "accounts/delete/undo/<str:token>/": Rule(ANYONE, GET, 410),  # the tests of data have one
    "accounts/tokens/": Rule(ACCOUNT, GET, 200),
    "accounts/tokens/<uuid:token_id>/revoke": Rule(OWNER, POST, 302),
    "accounts/email/": Rule(ACCOUNT, GET, 200),
    "accounts/reauthenticate/": Rule(ACCOUNT, GET, 200),
    "accounts/password/change/": Rule(ACCOUNT, GET, 200),
    "api/docs": Rule(ANYONE, GET, 200),
    "api/errors": Rule(ANYONE, GET, 200),
    "api/errors/<slug:code>": Rule(ANYONE, GET, 200),
    "manifest/<str:language>.webmanifest": Rule(ANYONE, GET, 200),
    "service-worker.js": Rule(ANYONE, GET, 200),
    "offline/": Rule(ANYONE, GET, 200),
    "health/live": Rule(ANYONE, GET, 200),
    "health/ready": Rule(ANYONE, GET, 200),
    "metrics": Rule(OPERATOR, GET, 404),
}

OF_VISITORS = {
    "accounts/login/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/signup/",
    "accounts/confirm-email/",
    "accounts/password/set/",
    "accounts/password/reset/",
    "accounts/password/reset/done/",
    "accounts/password/reset/key/done/",
    "accounts/login/code/confirm/",
    "accounts/2fa/authenticate/",
    "accounts/3rdparty/signup/",
    "accounts/oidc/^(?P<provider_id>[^/]+)/login/",
    "accounts/oidc/^(?P<provider_id>[^/]+)/login/callback/",
    "accounts/social/login/cancelled/",
    "accounts/social/login/error/",
    "accounts/social/signup/",
    "accounts/social/connections/",
    "accounts/2fa/webauthn/login/",
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$",
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
}
"""allauth's pages for those who are not signed in: forms, or a way to somewhere else."""

ADMIN_FOR_STAFF = {
    "admin/",
    "admin/login/",
    "admin/logout/",
    "admin/password_change/",
    "admin/password_change/done/",
    "admin/jsi18n/",
    "admin/search/",
}
"""What anybody sees who is let into the admin, whatever their rights."""


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Yield the path of every page, from the URL configuration."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, path)
        elif isinstance(pattern, URLPattern):
            view: Any = getattr(pattern.callback, "view_class", None)
            if view is None or not issubclass(view, ApiView):
                yield path


ADMIN = sorted(path for path in routes() if path.startswith("admin/"))


def test_every_page_has_a_row() -> None:
    assert {
        path for path in routes() if not path.startswith("admin/")
    } == RULES.keys() | OF_VISITORS


@pytest.fixture
def path_of(user: User, succeeded: Callable[..., Job], models: Any) -> Callable[[str], str]:
    """Fill in an address with the ids of what belongs to ``user``."""
    batch = BatchFactory.create(user=user, service="classify")
    job = succeeded(batch=batch, picture=picture())
    share = share_create(job=job, lifetime=timedelta(days=1))
    assert share is not None
    webhook = webhook_create(user=user, url="https://example.com", events=EVENTS)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    ids = {
        "job_id": job.id,
        "batch_id": batch.id,
        "share_id": share.id,
        "token": share_token(share),
        "session_id": UserSession.objects.create(
            user=user, ip="192.0.2.1", session_key="x", user_agent="x"
        ).pk,
        "pk": passkey_create(user).pk,
        "webhook_id": webhook.id,
        "delivery_id": webhook_test(webhook=webhook).id,
        "export_id": export_stored(user).id,
        "token_id": token_create(user=user, name="x")[0].id,
        "slug": "motorcycle",
        "code": "not_found",
        "language": "es",
        "object_id": "1",
        "content_type_id": "1",
        "app_label": "worker",
        "url": "x",
    }
    return lambda path: "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(ids[found[1]]), path)


def call(client: Client, rule: Rule, url: str) -> Any:
    answer = client.generic(rule.method, url, rule.form, "application/x-www-form-urlencoded")
    if answer.streaming:
        answer.getvalue()  # which closes the file
    return answer


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    confirm(client, user)
    return client


def is_turned_away(answer: Any) -> bool:
    """Tell whether a visitor is asked to sign in: by a page, or for scripts by a status."""
    leads_there = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    return bool(leads_there or answer.status_code == 401)


every_rule = pytest.mark.parametrize(("path", "rule"), RULES.items(), ids=RULES)


@every_rule
def test_the_owner(user: User, path_of: Callable[[str], str], path: str, rule: Rule) -> None:
    assert call(signed_in(user), rule, path_of(path)).status_code == rule.good


@every_rule
@pytest.mark.parametrize("revoked", [False, True], ids=["a visitor", "a revoked token"])
def test_whoever_is_not_signed_in(
    user: User, path_of: Callable[[str], str], path: str, rule: Rule, revoked: bool
) -> None:
    client = Client()
    if revoked:
        token, secret = token_create(user=user, name="x", scopes=Scope.values)
        token_revoke(token=token)
        client = Client(headers={"Authorization": f"Bearer {secret}"})
    answer = call(client, rule, path_of(path))
    if rule.who == ANYONE:
        assert answer.status_code == rule.good
    else:
        assert is_turned_away(answer)


@every_rule
@pytest.mark.parametrize("staff", [False, True], ids=["another user", "staff without right"])
def test_somebody_else_sees_what_is_not_there(
    path_of: Callable[[str], str], path: str, rule: Rule, staff: bool
) -> None:
    client = signed_in(UserFactory.create(is_staff=staff))
    url = path_of(path)
    answer = call(client, rule, url)
    if rule.who != OWNER:
        assert answer.status_code == (rule.without or rule.good)
        return
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[0-9]+(?=/)", url)
    assert found is not None
    random = "987654321" if found[0].isdecimal() else str(uuid.uuid4())
    nothing = call(client, rule, url.replace(found[0], random))
    assert answer.status_code == nothing.status_code == 404
    assert same(answer, found[0]) == same(nothing, random)
    assert set(answer.headers) == set(nothing.headers)


def same(answer: Any, object_id: str) -> str:
    """Return a page without what differs whenever it is asked for."""
    text = re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", answer.text)
    return text.replace(f"/{object_id}/", "/…/")


@pytest.mark.parametrize("path", ADMIN)
def test_the_admin_is_for_staff_with_the_right(
    user: User, path_of: Callable[[str], str], path: str
) -> None:
    url = path_of(re.sub(r"\(\?P<(\w+)>[^)]*\)\$?", r"<x:\1>", path))
    if path not in ADMIN_FOR_STAFF - {"admin/"}:
        for client in (Client(), signed_in(user)):
            answer = client.get(url)
            assert answer.status_code in {302, 404}
            assert "Location" not in answer or "/admin/login/" in answer["Location"]
    staff = signed_in(UserFactory.create(is_staff=True)).get(url)
    if path not in ADMIN_FOR_STAFF:
        assert staff.status_code in {302, 403, 404}
