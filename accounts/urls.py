"""Addresses of the account pages."""

from django.urls import include, path
from django.views.generic import RedirectView, TemplateView

from accounts import (
    data_views,
    impersonation_views,
    profile_views,
    sign_up_views,
    token_views,
    views,
)

urlpatterns = [
    path("language/", views.language, name="set_language"),
    path("theme/", views.theme, name="set_theme"),
    path("", RedirectView.as_view(pattern_name="account_profile")),
    path("profile/", profile_views.profile, name="account_profile"),
    path("sessions/<int:session_id>/end", profile_views.session_end, name="session_end"),
    path("invitation/<str:token>/", sign_up_views.invitation, name="account_invitation"),
    path(
        "awaits-approval/",
        TemplateView.as_view(template_name="account/awaits_approval.html"),
        name="account_awaits_approval",
    ),
    path("data/", data_views.data, name="account_data"),
    path("data/exports", data_views.exports, name="account_exports"),
    path("data/exports/new", data_views.export, name="account_export"),
    path(
        "data/exports/<uuid:export_id>/zip", data_views.export_download, name="account_export_zip"
    ),
    path(
        "data/exports/<uuid:export_id>/delete",
        data_views.export_remove,
        name="account_export_delete",
    ),
    path("delete/", data_views.delete, name="account_delete"),
    path("delete/asked/", data_views.delete_asked, name="account_delete_asked"),
    path("delete/undo/<str:token>/", data_views.delete_undo, name="account_delete_undo"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/revoke", token_views.revoke, name="token_revoke"),
    path("impersonation/", impersonation_views.end, name="impersonation_end"),
    path("", include("allauth.urls")),
]
