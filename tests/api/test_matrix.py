"""Every address of the API, for every kind of caller. A new address without a row fails."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import ApiToken, Scope, User
from accounts.tokens import token_create, token_revoke
from classify.models import Label, Model
from project.api.views import ApiView
from tests.factories import BatchFactory, JobFactory, UserFactory
from worker.models import Job, Webhook, WebhookDelivery
from worker.webhooks import EVENTS, webhook_create

READ, WRITE, HOOKS = Scope.JOBS_READ, Scope.JOBS_WRITE, Scope.WEBHOOKS
ANYONE, ACCOUNT = "anyone", "account"


class Rule(NamedTuple):
    """Who may call a method: a scope, any account, or anyone; and whether it is about an object.

    ``good`` is what its owner gets for an empty request: 400 and 415 show that they were let in.
    """

    needs: str
    owned: bool
    good: tuple[int, ...]


RULES: dict[tuple[str, str], Rule] = {
    ("GET", "api/v1/me"): Rule(ACCOUNT, False, (200,)),
    ("GET", "api/v1/me/tokens"): Rule(ACCOUNT, False, (200,)),
    ("POST", "api/v1/me/tokens"): Rule(ACCOUNT, False, (400,)),
    ("GET", "api/v1/me/tokens/<uuid:token_id>"): Rule(ACCOUNT, True, (200,)),
    ("DELETE", "api/v1/me/tokens/<uuid:token_id>"): Rule(ACCOUNT, True, (204,)),
    ("GET", "api/v1/me/usage"): Rule(ACCOUNT, False, (200,)),
    ("GET", "api/v1/services"): Rule(ANYONE, False, (200,)),
    ("GET", "api/v1/services/<slug:service>"): Rule(ANYONE, False, (200,)),
    ("POST", "api/v1/services/<slug:service>/jobs"): Rule(WRITE, False, (400,)),
    ("GET", "api/v1/services/classify/labels"): Rule(ANYONE, False, (200,)),
    ("GET", "api/v1/services/classify/labels/<slug:label_id>"): Rule(ANYONE, False, (200,)),
    ("GET", "api/v1/services/classify/models"): Rule(ANYONE, False, (200,)),
    ("GET", "api/v1/jobs"): Rule(READ, False, (200,)),
    ("GET", "api/v1/jobs/<uuid:job_id>"): Rule(READ, True, (200,)),
    ("DELETE", "api/v1/jobs/<uuid:job_id>"): Rule(WRITE, True, (204,)),
    ("POST", "api/v1/jobs/<uuid:job_id>/cancel"): Rule(WRITE, True, (409,)),
    ("GET", "api/v1/jobs/<uuid:job_id>/events"): Rule(READ, True, (200,)),
    ("GET", "api/v1/jobs/<uuid:job_id>/image"): Rule(READ, True, (404,)),
    ("PUT", "api/v1/jobs/<uuid:job_id>/feedback"): Rule(WRITE, True, (400,)),
    ("DELETE", "api/v1/jobs/<uuid:job_id>/feedback"): Rule(WRITE, True, (204,)),
    ("POST", "api/v1/batches"): Rule(WRITE, False, (400,)),
    ("GET", "api/v1/batches/<uuid:batch_id>"): Rule(READ, True, (200,)),
    ("GET", "api/v1/webhooks"): Rule(HOOKS, False, (200,)),
    ("POST", "api/v1/webhooks"): Rule(HOOKS, False, (400,)),
    ("GET", "api/v1/webhooks/<uuid:webhook_id>"): Rule(HOOKS, True, (200,)),
    ("PATCH", "api/v1/webhooks/<uuid:webhook_id>"): Rule(HOOKS, True, (200,)),
    ("DELETE", "api/v1/webhooks/<uuid:webhook_id>"): Rule(HOOKS, True, (204,)),
    ("POST", "api/v1/webhooks/<uuid:webhook_id>/secret"): Rule(HOOKS, True, (200,)),
    ("POST", "api/v1/webhooks/<uuid:webhook_id>/test"): Rule(HOOKS, True, (202,)),
    ("GET", "api/v1/webhooks/<uuid:webhook_id>/deliveries"): Rule(HOOKS, True, (200,)),
    ("POST", "api/v1/webhooks/deliveries/<uuid:delivery_id>/replay"): Rule(HOOKS, True, (409,)),
    ("GET", "api/v1/schema"): Rule(ANYONE, False, (200,)),
    ("GET", "v2/health/live"): Rule(ANYONE, False, (200,)),
    ("GET", "v2/health/ready"): Rule(ANYONE, False, (200,)),
    ("GET", "v2/models/<slug:model>/ready"): Rule(ANYONE, False, (200,)),
}

PROBES = {"v2/health/live", "v2/health/ready"}
"""They ask nobody who they are."""


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the method and path of everything that the API offers, from the URL configuration."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, path)
        elif isinstance(pattern, URLPattern):
            view: Any = getattr(pattern.callback, "view_class", None)
            if view is not None and issubclass(view, ApiView):
                yield from ((method, path) for method in view.access)


@pytest.fixture
def owner(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def path_of(owner: User, models: list[Model], classes: None) -> Callable[[str], str]:
    """Fill in an address with the ids of what belongs to ``owner``."""
    job: Job = JobFactory.create(user=owner, finished="succeeded")
    webhook: Webhook = webhook_create(user=owner, url="https://example.com", events=EVENTS)
    token = ApiToken.objects.create(user=owner, name="x", digest="x", scopes=[])
    ids = {
        "job_id": job.id,
        "batch_id": BatchFactory.create(user=owner).id,
        "webhook_id": webhook.id,
        "delivery_id": WebhookDelivery.objects.create(webhook=webhook, event="test", payload={}).id,
        "token_id": token.id,
        "service": "null",
        "label_id": Label.objects.first().id,  # type: ignore[union-attr]
        "model": models[0].name,
    }
    return lambda path: "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(ids[found[1]]), path)


def call(client: Client, method: str, url: str, **headers: str) -> Any:
    body = "" if method in {"GET", "DELETE"} else "{}"
    return client.generic(method, url, body, content_type="application/json", headers=headers)


def with_token(user: User, *scopes: str, revoked: bool = False) -> Client:
    token, secret = token_create(user=user, name="t", scopes=scopes)
    if revoked:
        token_revoke(token=token)
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_every_address_has_a_row() -> None:
    assert set(routes()) == set(RULES)


every_rule = pytest.mark.parametrize(
    ("route", "rule"), RULES.items(), ids=lambda value: "-".join(map(str, value[:2]))
)


@every_rule
def test_the_owner(
    owner: User, path_of: Callable[[str], str], route: tuple[str, str], rule: Rule
) -> None:
    method, path = route
    scopes = [rule.needs] if rule.needs in Scope.values else []
    assert call(with_token(owner, *scopes), method, path_of(path)).status_code in rule.good


@every_rule
def test_a_visitor(path_of: Callable[[str], str], route: tuple[str, str], rule: Rule) -> None:
    method, path = route
    expected = rule.good if rule.needs == ANYONE else (401,)
    assert call(Client(), method, path_of(path)).status_code in expected


@every_rule
def test_a_revoked_token(
    owner: User, path_of: Callable[[str], str], route: tuple[str, str], rule: Rule
) -> None:
    method, path = route
    revoked = with_token(owner, *Scope.values, revoked=True)
    expected = rule.good if path in PROBES else (401,)
    assert call(revoked, method, path_of(path)).status_code in expected


@every_rule
def test_a_token_with_the_other_scopes(
    owner: User, path_of: Callable[[str], str], route: tuple[str, str], rule: Rule
) -> None:
    method, path = route
    client = with_token(owner, *(scope for scope in Scope.values if scope != rule.needs))
    expected = (403,) if rule.needs in Scope.values else rule.good
    assert call(client, method, path_of(path)).status_code in expected


@every_rule
@pytest.mark.parametrize("staff", [False, True], ids=["another user", "staff without right"])
def test_somebody_else_sees_what_is_not_there(
    path_of: Callable[[str], str], route: tuple[str, str], rule: Rule, staff: bool
) -> None:
    method, path = route
    client = with_token(UserFactory.create(is_staff=staff), *Scope.values)
    url = path_of(path)
    answer = call(client, method, url, **{"X-Request-Id": "same"})
    if not rule.owned:
        assert answer.status_code in rule.good
        return
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", url)
    assert found is not None
    random = str(uuid.uuid4())
    nothing = call(client, method, url.replace(found[0], random), **{"X-Request-Id": "same"})
    assert answer.status_code == nothing.status_code == 404
    assert answer.content == nothing.content.replace(random.encode(), found[0].encode())
    assert set(answer.headers) == set(nothing.headers)


@every_rule
def test_other_methods_are_not_allowed(
    owner: User, path_of: Callable[[str], str], route: tuple[str, str], rule: Rule
) -> None:
    _, path = route
    allowed = {method for method, other in RULES if other == path} | {"HEAD"}
    client = with_token(owner, *Scope.values)
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - allowed:
        answer = call(client, method, path_of(path))
        assert answer.status_code == 405, method
        assert set(answer["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == allowed - {"HEAD"}
    options = call(client, "OPTIONS", path_of(path))
    assert (options.status_code, options.content) == (204, b"")
    assert options["Allow"] == answer["Allow"]
