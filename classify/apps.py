from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClassifyConfig(AppConfig):
    name = "classify"
    verbose_name = _("Classification")

    def ready(self) -> None:
        """Offer the service."""
        from accounts.allowances import choices_register
        from accounts.audit import audit_events_register
        from accounts.personal import personal_register
        from classify import holdings
        from classify.checks import classes_and_models
        from classify.selectors import models_to_allow
        from classify.service import ClassifyService, ExplainService
        from project import doctor
        from worker import registry

        registry.register(ClassifyService())
        registry.register(ExplainService())
        doctor.register(classes_and_models)
        personal_register(holdings.PART)
        choices_register("models", models_to_allow)
        audit_events_register(
            {
                "model.made_default": _("made a model the default"),
                "model.enabled": _("switched a model on"),
                "model.disabled": _("switched a model off"),
                "class.changed": _("changed a class"),
            }
        )
