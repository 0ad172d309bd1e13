"""The classification service, as the rest of the site sees it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from classify.forms import ClassifyForm
from classify.selectors import model_default_name, predictions_shown
from worker.registry import Service

if TYPE_CHECKING:
    from worker.models import Job


class ClassifyService(Service):
    """Tells which of 1,000 classes a photograph shows."""

    slug = "classify"
    name = _("Classify photographs")
    form_class = ClassifyForm
    result_template = "classify/partials/result.html"
    predictor = "classify.predictor.ClassifyPredictor"

    def default_model(self) -> str:
        """Return the name of the model that an administrator chose as default."""
        return model_default_name()

    def result_context(self, job: "Job", language: str) -> Mapping[str, Any]:
        """Return the predictions with the classes' names in a language."""
        return {"predictions": predictions_shown(job.output or {}, language)}
