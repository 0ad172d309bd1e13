from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkerConfig(AppConfig):
    name = "worker"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Connect the preparation of worker processes to Celery's signals."""
        from accounts.administration import when_user_disabled
        from accounts.allowances import choices_register
        from accounts.audit import audit_events_register
        from accounts.personal import personal_register
        from project import doctor, metrics
        from project.console import Panel
        from project.console import register as register_panels
        from worker import celery_signals, console, gauges, holdings  # noqa: F401
        from worker.checks import queue
        from worker.operating import jobs_cancel_of
        from worker.registry import services_to_allow

        doctor.register(queue)
        metrics.register(gauges.collect)
        register_panels(
            Panel("queues", _("Queues"), "console/queues.html", console.queues, live=True),
            Panel("workers", _("Workers"), "console/workers.html", console.workers, live=True),
            Panel("failures", _("Failed jobs"), "console/failures.html", console.failures),
            Panel("usage", _("Usage"), "console/usage.html", console.usage),
            Panel("storage", _("Storage"), "console/storage.html", console.storage),
        )
        when_user_disabled(jobs_cancel_of)
        personal_register(holdings.PART)
        choices_register("services", services_to_allow)
        audit_events_register(
            {
                "service.paused": _("paused a service"),
                "service.drained": _("closed a service to new jobs"),
                "service.resumed": _("resumed a service"),
                "jobs.canceled": _("canceled jobs"),
                "job.picture_seen": _("looked at somebody's picture"),
                "webhook.disabled": _("switched a webhook off"),
                "webhook.enabled": _("switched a webhook on"),
                "jobs.retried": _("tried failed jobs again"),
                "jobs.exported": _("exported jobs"),
                "webhook.made": _("made a webhook"),
                "webhook.rotated": _("gave a webhook a new secret"),
                "webhook.deleted": _("deleted a webhook"),
            }
        )
