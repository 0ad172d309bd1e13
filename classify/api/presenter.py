"""How the API shows the classification: its parameters and its predictions with their names."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from classify.forms import ClassifyForm
from classify.selectors import Shown, models_enabled, outputs_shown
from worker.api.presenter import Presenter, register
from worker.models import Job


class ClassifyApiForm(ClassifyForm):
    """The page's form, and what only programs ask for."""

    min_score = forms.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        label=_("Least score"),
        help_text=_("Only classes with at least this score."),
    )

    @property
    def parameters(self) -> dict[str, Any]:
        """What is stored with the job beside the model."""
        least = self.cleaned_data["min_score"]
        return super().parameters | ({} if least is None else {"min_score": least})


class ClassifyPresenter(Presenter):
    """Shows predictions with the names of classes and their parents."""

    slug = "classify"
    page_name = "classify:job"

    def form_class(self) -> type[forms.Form]:
        """Return the form with the parameters of programs."""
        return ClassifyApiForm

    def parameters(self, form: forms.Form) -> dict[str, Any]:
        """Return what is stored with a job."""
        assert isinstance(form, ClassifyApiForm)  # noqa: S101 - of our own making
        return form.parameters

    def models(self) -> list[dict[str, Any]]:
        """Return the models that people may choose, the default first."""
        rows = models_enabled().values("name", "version", "sha256", "is_default")
        return [dict(row) for row in rows]

    def outputs(self, jobs: Sequence[Job], language: str) -> Mapping[uuid.UUID, Any]:
        """Name the classes of all these jobs with one query."""
        named = outputs_shown([job.output or {} for job in jobs], language)
        with translation.override(language):
            return {
                job.id: {"predictions": [_prediction(shown) for shown in predictions]}
                for job, predictions in zip(jobs, named, strict=True)
            }


def _prediction(shown: Shown) -> dict[str, Any]:
    """Return a prediction with its names."""
    parents = [{"id": shown.parent.slug, "name": str(shown.parent)}] if shown.parent else []
    return {
        "id": shown.id,
        "index": shown.index,
        "name": shown.name,
        "score": shown.score,
        "parents": parents,
    }


register(ClassifyPresenter())
