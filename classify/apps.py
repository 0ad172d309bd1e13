from django.apps import AppConfig
from django.conf import settings
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
        from classify.service import ClassifyService, CompareService, ExplainService
        from project import doctor
        from project.uploads import larger_uploads_register
        from worker import registry

        larger_uploads_register(
            "admin:classify_model_add", most=settings.MODEL_MAX_BYTES, right="classify.add_model"
        )
        registry.register(ClassifyService())
        registry.register(ExplainService())
        registry.register(CompareService())
        doctor.register(classes_and_models)
        personal_register(holdings.PART)
        choices_register("models", models_to_allow)
        audit_events_register(
            {
                "model.added": _("added a model"),
                "model.checked": _("checked a model: it is ready"),
                "model.refused": _("checked a model and refused it"),
                "model.check_asked": _("had a model checked again"),
                "model.made_default": _("made a model the default"),
                "model.rolled_back": _("rolled back to the default model before"),
                "models.compared": _("had two models compared"),
                "model.removed": _("removed a model"),
                "model.enabled": _("switched a model on"),
                "model.disabled": _("switched a model off"),
                "class.changed": _("changed a class"),
            }
        )
