"""Addresses of the account pages."""

from django.urls import include, path

from accounts import views

urlpatterns = [
    path("language/", views.language, name="set_language"),
    path("theme/", views.theme, name="set_theme"),
    path("", include("allauth.urls")),
]
