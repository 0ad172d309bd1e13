"""Addresses of the API about one's own account."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
