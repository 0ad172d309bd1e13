"""Photographs that anybody can try, with results that the default model gave beforehand.

``manage.py build_examples`` writes them to ``DATA_DIR/examples``, and a container's image brings
them along; otherwise the site simply has none. The web only reads: pictures and a model's scores,
never a model.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from classify.selectors import Shown, predictions_shown
from classify.verdict import Verdict, verdict_of

INDEX = "examples.json"


@dataclass(frozen=True)
class Example:
    """A photograph with what the model sees in it."""

    slug: str
    width: int
    height: int
    model: str
    predict_ms: float
    predictions: list[dict[str, Any]]


@dataclass(frozen=True)
class ShownExample:
    """An example in the language of the page."""

    example: Example
    predictions: list[Shown]

    @property
    def slug(self) -> str:
        """Its identifier in addresses."""
        return self.example.slug

    @property
    def name(self) -> str:
        """The name of the best class."""
        return self.predictions[0].name

    @property
    def verdict(self) -> Verdict | None:
        """What may be said of it in one sentence."""
        return verdict_of(self.predictions)

    @property
    def picture(self) -> str:
        """The address of the photograph."""
        return reverse("classify:example_picture", args=[self.slug])

    @property
    def thumbnail(self) -> str:
        """The address of the photograph in small."""
        return reverse("classify:example_thumbnail", args=[self.slug])


def directory() -> Path:
    """Return where the examples are kept."""
    return Path(settings.BUILT_DIR or settings.DATA_DIR) / "examples"


def examples() -> list[Example]:
    """Return the examples that have been built."""
    index = directory() / INDEX
    try:
        changed = index.stat().st_mtime_ns
    except FileNotFoundError:
        return []
    return _read(index, changed)


@lru_cache(maxsize=1)
def _read(index: Path, changed: int) -> list[Example]:
    """Read the index; ``changed`` has it read again after it was built anew."""
    del changed
    return [Example(**entry) for entry in json.loads(index.read_text())]


def examples_shown(language: str) -> list[ShownExample]:
    """Return the examples with the classes' names in a language, at the cost of one query."""
    found = examples()
    wanted = [prediction for example in found for prediction in example.predictions]
    named = iter(predictions_shown({"predictions": wanted}, language))
    return [ShownExample(example, [next(named) for _ in example.predictions]) for example in found]
