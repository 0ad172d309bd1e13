"""Addresses of the pages about one's use of the queue."""

from django.urls import path

from worker import views

urlpatterns = [path("usage/", views.usage, name="usage")]
