"""Addresses of the API about one's own account."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("me", views.MeView.as_view(), name="api_me"),
    path("me/tokens", views.TokensView.as_view(), name="api_tokens"),
    path("me/tokens/<uuid:token_id>", views.TokenView.as_view(), name="api_token"),
]
