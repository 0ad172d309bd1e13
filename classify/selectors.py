"""Reads of classes and models."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation

from accounts.allowances import limits_of
from classify.matching import labels_offered
from classify.models import Label, Model, Parent, State

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


def labels_to_choose(query: str, *, model: str = "") -> list[Label]:
    """Return the classes to choose from for a query, the closest first.

    :param model: that has named another one; what it tells apart is offered.
    """
    ids = labels_offered(query, limit=CHOICES_MAX, model=model or None)
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


_offered: tuple[float, list[Model]] = (0.0, [])


def models_to_choose(user: "User | None") -> list[Model]:
    """Return the models that a user may choose, the default first, as they were a second ago.

    Without a user, those that anybody may choose.
    """
    global _offered  # noqa: PLW0603 - the same for the whole process
    now = time.monotonic()
    if now - _offered[0] >= settings.MODELS_KEPT_SECONDS:
        _offered = now, list(models_enabled())
    allowed = limits_of(user).models if user else None
    return [model for model in _offered[1] if allowed is None or model.name in allowed]


def models_to_allow() -> list[tuple[str, str]]:
    """Return all models, as choices."""
    ready = Model.objects.filter(state=State.READY)
    return [(name, name) for name in ready.values_list("name", flat=True)]


def models_named() -> QuerySet[Model, str]:
    """Return the names of the models that results may have, those that are gone included."""
    named = Model.objects.filter(state__in=[State.READY, State.REMOVED])
    return named.values_list("name", flat=True)


def model_before_default() -> Model | None:
    """Return the model that was the default before the present one, if it can be it again."""
    before = Model.objects.filter(
        state=State.READY, is_default=False, was_default_until__isnull=False
    )
    return before.order_by("-was_default_until").first()


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
