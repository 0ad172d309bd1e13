from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkerConfig(AppConfig):
    name = "worker"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Connect the preparation of worker processes to Celery's signals."""
        from accounts.audit import audit_events_register
        from project import doctor
        from worker import celery_signals  # noqa: F401
        from worker.checks import queue

        doctor.register(queue)
        audit_events_register(
            {
                "service.paused": _("paused a service"),
                "service.drained": _("closed a service to new jobs"),
                "service.resumed": _("resumed a service"),
                "jobs.retried": _("tried failed jobs again"),
                "jobs.exported": _("exported jobs"),
                "webhook.made": _("made a webhook"),
                "webhook.rotated": _("gave a webhook a new secret"),
                "webhook.deleted": _("deleted a webhook"),
            }
        )
