from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClassifyConfig(AppConfig):
    name = "classify"
    verbose_name = _("Classification")

    def ready(self) -> None:
        """Offer the service."""
        from classify.checks import classes_and_models
        from classify.service import ClassifyService, ExplainService
        from project import doctor
        from worker import registry

        registry.register(ClassifyService())
        registry.register(ExplainService())
        doctor.register(classes_and_models)
