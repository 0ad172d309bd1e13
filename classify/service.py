"""The classification service, as the rest of the site sees it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from classify.built import built_take
from classify.checking import model_check_next
from classify.forms import ClassifyForm
from classify.packages import model_fetch
from classify.selectors import model_default_name, predictions_shown
from classify.services import CLASSIFY, COMPARE, EXPLAIN
from classify.verdict import verdict_of
from worker.registry import Service

if TYPE_CHECKING:
    from worker.models import Job


class _ModelService(Service):
    """A service that is done by the models of this app."""

    def model_fetch(self, model: str) -> None:
        """Bring a model to this machine, if the site or this image has it and it is not here."""
        built_take(model)
        model_fetch(model)


class ClassifyService(_ModelService):
    """Tells which class a photograph shows."""

    slug = CLASSIFY
    name = _("Classify photographs")
    form_class = ClassifyForm
    result_template = "classify/partials/result.html"
    predictor = "classify.predictor.ClassifyPredictor"

    def default_model(self) -> str:
        """Return the name of the model that an administrator chose as default."""
        return model_default_name()

    def tend(self) -> None:
        """Check a model that was added."""
        model_check_next()

    def result_context(self, job: "Job", language: str) -> Mapping[str, Any]:
        """Return the predictions with the classes' names in a language, and what they come to."""
        predictions = predictions_shown(job.output or {}, language)
        return {"predictions": predictions, "verdict": verdict_of(predictions)}


class ExplainService(_ModelService):
    """Finds out what in a photograph a class hangs on; for a job of :class:`ClassifyService`.

    The job that it explains is the source of its own, and the class a parameter.
    """

    slug = EXPLAIN
    name = _("Explain a result")
    form_class = forms.Form
    result_template = "classify/partials/why.html"
    predictor = "classify.explainer.ExplainPredictor"
    hidden = True


class CompareService(_ModelService):
    """Has another model look at pictures that were classified, for administrators to compare."""

    slug = COMPARE
    name = _("Compare models")
    form_class = forms.Form
    result_template = "classify/partials/result.html"
    predictor = "classify.predictor.ClassifyPredictor"
    hidden = True
