"""Addresses of the pages about the queue: one's own use of it, and the console."""

from django.urls import path

from worker import console_views, views, webhook_views

urlpatterns = [
    path("accounts/usage/", views.usage, name="usage"),
    path("accounts/webhooks/", webhook_views.webhooks, name="webhooks"),
    path("accounts/webhooks/<uuid:webhook_id>/", webhook_views.webhook, name="webhook"),
    path("accounts/webhooks/<uuid:webhook_id>/secret", webhook_views.secret, name="webhook_secret"),
    path("accounts/webhooks/<uuid:webhook_id>/test", webhook_views.test, name="webhook_test"),
    path("accounts/webhooks/<uuid:webhook_id>/switch", webhook_views.switch, name="webhook_switch"),
    path("accounts/webhooks/<uuid:webhook_id>/delete", webhook_views.delete, name="webhook_delete"),
    path(
        "accounts/webhooks/deliveries/<uuid:delivery_id>/replay",
        webhook_views.replay,
        name="webhook_replay",
    ),
    path("console/", console_views.console, name="console"),
    path("console/live", console_views.live, name="console_live"),
    path("console/service", console_views.service, name="console_service"),
    path("console/retry", console_views.retry, name="console_retry"),
]
