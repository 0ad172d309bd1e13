"""Addresses of the pages about the queue: one's own use of it, and the console."""

from django.urls import path

from worker import console_views, views

urlpatterns = [
    path("accounts/usage/", views.usage, name="usage"),
    path("console/", console_views.console, name="console"),
    path("console/live", console_views.live, name="console_live"),
    path("console/service", console_views.service, name="console_service"),
    path("console/retry", console_views.retry, name="console_retry"),
]
