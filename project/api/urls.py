"""Addresses of the API. What each app offers stands in its own ``api.urls``."""

from django.urls import include, path, re_path

from project.api import docs
from project.api.views import NotFoundView

urlpatterns = [
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("classify.api.urls")),
    path("api/v1/", include("worker.api.urls")),
    path("api/v1/schema", docs.SchemaView.as_view(), name="api_schema"),
    path("api/docs", docs.reference, name="api_docs"),
    path("api/errors", docs.errors, name="api_errors"),
    path("api/errors/<slug:code>", docs.errors, name="api_error"),
    path("v2/health/live", docs.LiveView.as_view(), name="v2_live"),
    path("v2/health/ready", docs.ReadyView.as_view(), name="v2_ready"),
    path("v2/", include("classify.api.v2")),
    re_path(r"^(?:api|v2)(?:/.*)?$", NotFoundView.as_view(), name="api_unknown"),
]
