"""How the API shows the classification: its parameters and its predictions with their names."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from classify.forms import ClassifyForm
from classify.models import Label
from classify.selectors import models_enabled
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
        found = {
            job.id: [] if job.output is None else job.output.get("predictions", []) for job in jobs
        }
        ids = {prediction["id"] for predictions in found.values() for prediction in predictions}
        labels = Label.objects.select_related("parent").in_bulk(ids)
        with translation.override(language):
            return {
                job_id: {"predictions": [_named(each, labels.get(each["id"])) for each in entries]}
                for job_id, entries in found.items()
            }


def _named(prediction: Mapping[str, Any], label: Label | None) -> dict[str, Any]:
    """Return a prediction with its names; a class that is no longer known has its id as name."""
    return {
        "id": prediction["id"],
        "index": prediction["index"],
        "name": str(label or prediction["id"]),
        "score": prediction["score"],
        "parents": [{"id": label.parent_id, "name": str(label.parent)}] if label else [],
    }


register(ClassifyPresenter())
