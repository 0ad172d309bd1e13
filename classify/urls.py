"""Addresses of the pages about jobs."""

from django.urls import path

from classify.views import batches, history, job, pictures, submit

app_name = "classify"

urlpatterns = [
    path("", submit.submit, name="submit"),
    path("jobs/", history.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", job.job_page, name="job"),
    path("jobs/<uuid:job_id>/status", job.job_status, name="job_status"),
    path("jobs/<uuid:job_id>/picture", pictures.picture, name="job_picture"),
    path("jobs/<uuid:job_id>/thumbnail", pictures.thumbnail, name="job_thumbnail"),
    path("jobs/<uuid:job_id>/download", pictures.download, name="job_download"),
    path("jobs/<uuid:job_id>/cancel", job.cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/delete", job.delete, name="job_delete"),
    path("batches/<uuid:batch_id>/", batches.batch_page, name="batch"),
    path("batches/<uuid:batch_id>/status", batches.batch_status, name="batch_status"),
]
