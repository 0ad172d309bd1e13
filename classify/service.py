"""The classification service, as the rest of the site sees it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from classify.forms import ClassifyForm
from classify.selectors import model_default_name, predictions_shown
from classify.services import CLASSIFY, EXPLAIN
from classify.verdict import verdict_of
from worker.registry import Service

if TYPE_CHECKING:
    from worker.models import Job


class ClassifyService(Service):
    """Tells which of 1,000 classes a photograph shows."""

    slug = CLASSIFY
    name = _("Classify photographs")
    form_class = ClassifyForm
    result_template = "classify/partials/result.html"
    predictor = "classify.predictor.ClassifyPredictor"

    def default_model(self) -> str:
        """Return the name of the model that an administrator chose as default."""
        return model_default_name()

    def result_context(self, job: "Job", language: str) -> Mapping[str, Any]:
        """Return the predictions with the classes' names in a language, and what they come to."""
        predictions = predictions_shown(job.output or {}, language)
        return {"predictions": predictions, "verdict": verdict_of(predictions)}


class ExplainService(Service):
    """Finds out what in a photograph a class hangs on; for a job of :class:`ClassifyService`.

    The job that it explains is the source of its own, and the class a parameter.
    """

    slug = EXPLAIN
    name = _("Explain a result")
    form_class = forms.Form
    result_template = "classify/partials/why.html"
    predictor = "classify.explainer.ExplainPredictor"
    hidden = True
