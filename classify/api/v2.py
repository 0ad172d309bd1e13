"""Addresses of the API about classes and models."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
