"""Addresses under the paths of the Open Inference Protocol."""

from django.urls import path

from classify.api import views

urlpatterns = [
    path("models/<slug:model>/ready", views.ModelReadyView.as_view(), name="v2_model_ready"),
]
