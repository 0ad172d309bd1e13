"""Addresses of the API about jobs."""

from django.urls import path

from worker.api import batches, events, jobs, kinds, services, usage, webhooks

kinds.register()

urlpatterns = [
    path("services", services.ServicesView.as_view(), name="api_services"),
    path("services/<slug:service>", services.ServiceView.as_view(), name="api_service"),
    path("services/<slug:service>/jobs", jobs.CreateJobView.as_view(), name="api_job_create"),
    path("jobs", jobs.JobsView.as_view(), name="api_jobs"),
    path("jobs/<uuid:job_id>", jobs.JobView.as_view(), name="api_job"),
    path("jobs/<uuid:job_id>/cancel", jobs.CancelJobView.as_view(), name="api_job_cancel"),
    path("jobs/<uuid:job_id>/events", events.JobEventsView.as_view(), name="api_job_events"),
    path("batches", batches.BatchesView.as_view(), name="api_batches"),
    path("batches/<uuid:batch_id>", batches.BatchView.as_view(), name="api_batch"),
    path("me/usage", usage.UsageView.as_view(), name="api_usage"),
    path("jobs/<uuid:job_id>/image", jobs.JobImageView.as_view(), name="api_job_image"),
    path("webhooks", webhooks.WebhooksView.as_view(), name="api_webhooks"),
    path("webhooks/<uuid:webhook_id>", webhooks.WebhookView.as_view(), name="api_webhook"),
    path(
        "webhooks/<uuid:webhook_id>/secret",
        webhooks.WebhookSecretView.as_view(),
        name="api_webhook_secret",
    ),
    path(
        "webhooks/<uuid:webhook_id>/test",
        webhooks.WebhookTestView.as_view(),
        name="api_webhook_test",
    ),
    path(
        "webhooks/<uuid:webhook_id>/deliveries",
        webhooks.DeliveriesView.as_view(),
        name="api_webhook_deliveries",
    ),
    path(
        "webhooks/deliveries/<uuid:delivery_id>/replay",
        webhooks.ReplayView.as_view(),
        name="api_webhook_replay",
    ),
]
