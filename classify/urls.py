"""Addresses of the pages about jobs."""

from django.urls import path

from classify.views import batches, examples, history, job, pictures, submit, uploads

app_name = "classify"

urlpatterns = [
    path("", submit.submit, name="submit"),
    path("examples/<slug:slug>/", examples.example, name="example"),
    path("examples/<slug:slug>-small.jpg", examples.thumbnail, name="example_thumbnail"),
    path("examples/<slug:slug>.jpg", examples.picture, name="example_picture"),
    path("submit/batch", uploads.start, name="upload_start"),
    path("submit/batch/<uuid:batch_id>", uploads.add, name="upload"),
    path("submit/picture", uploads.add_alone, name="upload_alone"),
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
