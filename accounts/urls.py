"""Addresses of the account pages."""

from django.urls import include, path

from accounts import impersonation_views, token_views, views

urlpatterns = [
    path("language/", views.language, name="set_language"),
    path("theme/", views.theme, name="set_theme"),
    path("tokens/", token_views.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/revoke", token_views.revoke, name="token_revoke"),
    path("impersonation/", impersonation_views.end, name="impersonation_end"),
    path("", include("allauth.urls")),
]
