"""Addresses of the site; each app has its own below one of these."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from project import health, views

handler500 = "project.views.server_error"

urlpatterns = [
    path("", include("classify.urls")),
    path("", include("worker.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("", include("project.api.urls")),
    path("manifest/<str:language>.webmanifest", views.manifest, name="manifest"),
    path("service-worker.js", views.service_worker, name="service_worker"),
    path("offline/", views.offline, name="offline"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
]
