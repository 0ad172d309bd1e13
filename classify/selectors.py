"""Reads of classes and models."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation

from classify.models import Label, Model, Parent

DEFAULT_MODEL = "efficientnet-lite2-int8"


@dataclass(frozen=True)
class Shown:
    """A prediction with its class' names in the language of the page."""

    id: str
    index: int
    name: str
    score: float
    parent: Parent | None


def predictions_shown(output: dict[str, Any], language: str) -> list[Shown]:
    """Name the classes of a job's output, best first.

    A class that is no longer in the table is shown by its WordNet id.
    """
    predictions = output.get("predictions", [])
    labels = Label.objects.select_related("parent").in_bulk([p["id"] for p in predictions])
    with translation.override(language):
        return [
            Shown(
                id=prediction["id"],
                index=prediction["index"],
                name=str(labels.get(prediction["id"], prediction["id"])),
                score=prediction["score"],
                parent=labels[prediction["id"]].parent if prediction["id"] in labels else None,
            )
            for prediction in predictions
        ]


def models_enabled() -> QuerySet[Model]:
    """Return the models that people may choose, the default first."""
    return Model.objects.filter(enabled=True).order_by("-is_default", "name")


def model_default_name() -> str:
    """Return the default model's name; before one is installed, the one that will be."""
    name = Model.objects.filter(is_default=True).values_list("name", flat=True).first()
    return name or DEFAULT_MODEL


def label_names(language: str) -> dict[str, str]:
    """Return each class' name by WordNet id, in a language."""
    if language not in dict(settings.LANGUAGES):
        language = settings.LANGUAGE_CODE
    with translation.override(language):
        return {label.id: label.name for label in Label.objects.all()}
