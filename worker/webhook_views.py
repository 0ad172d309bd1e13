"""The pages on which people manage their webhooks, by the same services as the API."""

import uuid
from http import HTTPStatus
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from worker.models import Webhook
from worker.selectors import deliveries_visible_to, webhooks_visible_to
from worker.webhook_forms import EVENT_NAMES, WebhookForm
from worker.webhooks import (
    TooManyWebhooksError,
    delivery_replay,
    webhook_create,
    webhook_delete,
    webhook_rotate,
    webhook_secret,
    webhook_test,
    webhook_update,
)

LOG_LENGTH = 50
"""Messages that the page shows; the API has all of the last 30 days."""


def _user(request: HttpRequest) -> User:
    """Return who is signed in; the views see to it that somebody is."""
    return cast("User", request.user)


def _own(request: HttpRequest, webhook_id: uuid.UUID) -> Webhook:
    """Return a webhook of the user, or answer 404."""
    return get_object_or_404(webhooks_visible_to(_user(request)), id=webhook_id)


@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the webhooks, and add one."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    if form.is_bound and form.is_valid():
        try:
            webhook = webhook_create(user=_user(request), **form.cleaned_data)
        except TooManyWebhooksError:
            text = _("You have too many webhooks. Delete those that you do not use.")
            messages.error(request, text)
            status = HTTPStatus.CONFLICT
        else:
            return _page(request, webhook, secret=webhook_secret(webhook))
    context = {"form": form, "webhooks": webhooks_visible_to(_user(request))}
    return render(request, "account/webhooks.html", context, status=status)


@login_required
@never_cache
@require_safe
def webhook(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """Show one webhook with what was sent to it lately."""
    return _page(request, _own(request, webhook_id))


@sensitive_variables("secret")
def _page(request: HttpRequest, webhook: Webhook, *, secret: str = "") -> HttpResponse:
    """Show a webhook; its secret in the answer to the form that made it and nowhere else."""
    deliveries = deliveries_visible_to(_user(request)).filter(webhook=webhook)
    context: dict[str, Any] = {
        "webhook": webhook,
        "events": [EVENT_NAMES[event] for event in webhook.events],
        "deliveries": deliveries[:LOG_LENGTH],
        "log_length": LOG_LENGTH,
        "secret": secret,
    }
    return render(request, "account/webhook.html", context)


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@never_cache
@require_POST
def secret(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """Give a webhook a new secret, and show it."""
    webhook = webhook_rotate(webhook=_own(request, webhook_id))
    return _page(request, webhook, secret=webhook_secret(webhook))


@login_required
@require_POST
def test(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """Send a webhook a message that means nothing."""
    webhook = _own(request, webhook_id)
    if webhook.disabled_at is None:
        webhook_test(webhook=webhook)
        messages.success(request, _("A test message is on its way; reload to see what came of it."))
    else:
        messages.error(request, _("The webhook is switched off."))
    return redirect("webhook", webhook.id)


@login_required
@require_POST
def switch(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """Switch a webhook on or off."""
    webhook = _own(request, webhook_id)
    enabled = request.POST.get("enabled") == "on"
    webhook_update(webhook=webhook, enabled=enabled)
    text = _("The webhook is switched on.") if enabled else _("The webhook is switched off.")
    messages.success(request, text)
    return redirect("webhook", webhook.id)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """Ask whether a webhook is to be deleted, and delete it."""
    webhook = _own(request, webhook_id)
    if request.method != "POST":
        return render(request, "account/webhook_delete.html", {"webhook": webhook})
    webhook_delete(webhook=webhook)
    messages.success(request, _("The webhook is deleted."))
    return redirect("webhooks")


@login_required
@require_POST
def replay(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponseRedirect:
    """Send a message again, under the same id."""
    delivery = get_object_or_404(deliveries_visible_to(_user(request)), id=delivery_id)
    if delivery_replay(delivery=delivery):
        messages.success(request, _("The message is on its way again."))
    else:
        messages.error(request, _("It is on its way, or its webhook is switched off."))
    return redirect("webhook", delivery.webhook_id)
