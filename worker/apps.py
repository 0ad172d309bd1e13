from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkerConfig(AppConfig):
    name = "worker"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        """Connect the preparation of worker processes to Celery's signals."""
        from project import doctor
        from worker import celery_signals  # noqa: F401
        from worker.checks import queue

        doctor.register(queue)
