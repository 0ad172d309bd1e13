"""Addresses of the API about classes, models and feedback."""

from django.urls import path

from classify.api import views

urlpatterns = [
    path("services/classify/labels", views.LabelsView.as_view(), name="api_labels"),
    path("services/classify/labels/<slug:label_id>", views.LabelView.as_view(), name="api_label"),
    path("services/classify/models", views.ModelsView.as_view(), name="api_models"),
    path("jobs/<uuid:job_id>/feedback", views.FeedbackView.as_view(), name="api_feedback"),
]
