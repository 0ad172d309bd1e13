"""Addresses of the pages about jobs."""

from django.urls import path

from classify import views

app_name = "classify"

urlpatterns = [
    path("", views.submit, name="submit"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job_page, name="job"),
    path("jobs/<uuid:job_id>/status", views.job_status, name="job_status"),
    path("jobs/<uuid:job_id>/picture", views.job_picture, name="job_picture"),
    path("jobs/<uuid:job_id>/cancel", views.cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/delete", views.delete, name="job_delete"),
    path("batches/<uuid:batch_id>/", views.batch_page, name="batch"),
    path("batches/<uuid:batch_id>/status", views.batch_status, name="batch_status"),
]
