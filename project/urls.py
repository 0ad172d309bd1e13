"""Addresses of the site; each app has its own below one of these."""

from django.contrib import admin
from django.urls import include, path

from project import health

urlpatterns = [
    path("", include("classify.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
]
