"""Reads of classes and models."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation

from accounts.allowances import limits_of
from classify.matching import labels_offered
from classify.models import Label, Model, Parent

if TYPE_CHECKING:
    from accounts.models import User

CHOICES_MAX = 12
"""Classes that are offered at a time; more are found by typing more."""

DEFAULT_MODEL = "efficientnet-lite2-int8"


@dataclass(frozen=True)
class Shown:
    """A prediction with its class' names in the language of the page."""

    id: str
    index: int
    name: str
    score: float
    parent: Parent | None
    synonyms: tuple[str, ...] = ()


def predictions_shown(output: dict[str, Any], language: str) -> list[Shown]:
    """Name the classes of a job's output, best first.

    A class that is no longer in the table is shown by its WordNet id.
    """
    return outputs_shown([output], language)[0]


def outputs_shown(outputs: Iterable[dict[str, Any]], language: str) -> list[list[Shown]]:
    """Do what :func:`predictions_shown` does for several outputs, with one query."""
    lists = [output.get("predictions", []) for output in outputs]
    ids = {prediction["id"] for predictions in lists for prediction in predictions}
    labels = Label.objects.select_related("parent").in_bulk(ids)
    with translation.override(language):
        return [
            [_shown(prediction, labels.get(prediction["id"])) for prediction in predictions]
            for predictions in lists
        ]


def _shown(prediction: dict[str, Any], label: Label | None) -> Shown:
    """Name a prediction's class in the active language."""
    return Shown(
        id=prediction["id"],
        index=prediction["index"],
        name=str(label or prediction["id"]),
        score=prediction["score"],
        parent=label.parent if label else None,
        synonyms=tuple((label.synonyms or "").splitlines()) if label else (),
    )


def labels_to_choose(query: str) -> list[Label]:
    """Return the classes to choose from for a query, the closest first."""
    ids = labels_offered(query, limit=CHOICES_MAX)
    labels = Label.objects.select_related("parent").in_bulk(ids)
    return [labels[label_id] for label_id in ids]


def models_enabled() -> QuerySet[Model]:
    """Return the models that people may choose, the default first."""
    return Model.objects.filter(enabled=True).order_by("-is_default", "name")


def models_allowed(user: "User") -> QuerySet[Model]:
    """Return the models that a user may choose, the default first."""
    allowed = limits_of(user).models
    models = models_enabled()
    return models if allowed is None else models.filter(name__in=allowed)


def models_to_allow() -> list[tuple[str, str]]:
    """Return all models, as choices."""
    return [(name, name) for name in Model.objects.values_list("name", flat=True)]


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
