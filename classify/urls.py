"""Addresses of the pages about jobs."""

from django.urls import path

from classify.views import (
    batches,
    derive,
    examples,
    feedback,
    history,
    job,
    pictures,
    selected,
    sharing,
    submit,
    uploads,
)

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
    path("jobs/selected/", selected.selected, name="jobs_selected"),
    path("jobs/<uuid:job_id>/", job.job_page, name="job"),
    path("jobs/<uuid:job_id>/status", job.job_status, name="job_status"),
    path("jobs/<uuid:job_id>/picture", pictures.picture, name="job_picture"),
    path("jobs/<uuid:job_id>/thumbnail", pictures.thumbnail, name="job_thumbnail"),
    path("jobs/<uuid:job_id>/download", pictures.download, name="job_download"),
    path("jobs/<uuid:job_id>/derived", job.job_derived, name="job_derived"),
    path("jobs/<uuid:job_id>/result.json", job.job_json, name="job_json"),
    path("jobs/<uuid:job_id>/cancel", job.cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/retry", job.retry, name="job_retry"),
    path("jobs/<uuid:job_id>/delete", job.delete, name="job_delete"),
    path("jobs/<uuid:job_id>/rerun", derive.rerun, name="job_rerun"),
    path("jobs/<uuid:job_id>/explain", derive.explain, name="job_explain"),
    path("jobs/<uuid:job_id>/feedback", feedback.feedback, name="job_feedback"),
    path("jobs/<uuid:job_id>/right-class", feedback.choose, name="job_choose"),
    path("jobs/<uuid:job_id>/links", sharing.create, name="share"),
    path("jobs/<uuid:job_id>/links/<uuid:share_id>/revoke", sharing.revoke, name="share_revoke"),
    path("shared/<str:token>/", sharing.shared, name="shared"),
    path("shared/<str:token>/picture.jpg", sharing.shared_picture, name="shared_picture"),
    path("shared/<str:token>/thumbnail.jpg", sharing.shared_thumbnail, name="shared_thumbnail"),
    path("batches/<uuid:batch_id>/", batches.batch_page, name="batch"),
    path("batches/<uuid:batch_id>/status", batches.batch_status, name="batch_status"),
]
