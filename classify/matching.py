"""Finds classes by what people call them, in every language at once.

Accents, letter case and plurals do not matter: ``telefono`` finds ``teléfono`` and ``perros``
the parent concept ``perro``. A thousand classes are compared in Python in a few milliseconds,
which no database does alike.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache

from django.conf import settings
from django.db.models import Exists, Q, QuerySet

from classify.models import Label, Parent

QUERY_MAX = 100
"""Characters of a query that are looked at."""

Words = tuple[str, ...]

_ENDING = re.compile(r"(es|s|e)$")
_WORD = re.compile(r"\w+")


class Rank(IntEnum):
    """How well a class fits a query; the smaller the better."""

    NAME = 0
    SYNONYM = 1
    PARENT = 2
    IN_NAME = 3
    IN_SYNONYM = 4
    BEGINS_IN_NAME = 5
    BEGINS_IN_SYNONYM = 6
    NOT = 7


def labels_meant(query: str) -> tuple[str, ...]:
    """Return the classes that a query means, the closest first.

    Those that are called so, or whose parent concept is; if there are none, those that have its
    words in a name; if there are none, those that have words beginning so.
    """
    ranked = _ranked(query, Label.objects.all())
    ranks = {rank for rank, _ in ranked}
    worst = Rank.BEGINS_IN_SYNONYM
    if ranks & {Rank.NAME, Rank.PARENT}:
        worst = Rank.PARENT
    elif ranks and min(ranks) <= Rank.IN_SYNONYM:
        worst = Rank.IN_SYNONYM
    return tuple(label_id for rank, label_id in ranked if rank <= worst)


def labels_offered(query: str, *, limit: int, model: str | None = None) -> tuple[str, ...]:
    """Return the classes to choose from while somebody types a query, the closest first.

    :param model: that has to tell them apart; by default those of ImageNet.
    """
    ranked = _ranked(query, labels_of(model))
    return tuple(label_id for _, label_id in ranked[:limit])


def labels_of(model: str | None) -> QuerySet[Label]:
    """Return the classes that a model tells apart: its own, or else those of ImageNet."""
    own = Label.objects.filter(model=model)
    imagenet = Q(model=None)
    return Label.objects.filter(Q(model=model) | (imagenet & ~Exists(own)) if model else imagenet)


@lru_cache(maxsize=2**15)
def words(text: str) -> Words:
    """Return a text's words without accents, letter case and plural endings."""
    plain = unicodedata.normalize("NFKD", text[:QUERY_MAX].casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(
        _ENDING.sub("", word) if len(word) > 3 else word for word in _WORD.findall(letters)
    )


def _ranked(query: str, among: QuerySet[Label]) -> list[tuple[Rank, str]]:
    """Return the classes that fit a query at all, the closest first."""
    wanted = words(query)
    if not wanted:
        return []
    parents = {slug for slug, names in _parents() if wanted in map(words, names)}
    ranked = []
    for label_id, parent, names, synonyms in _labels(among):
        rank = _rank(wanted, names, synonyms)
        rank = min(rank, Rank.PARENT) if parent in parents else rank
        if rank < Rank.NOT:
            ranked.append((rank, min(map(len, names)), label_id))
    return [(rank, label_id) for rank, _, label_id in sorted(ranked)]


def _rank(wanted: Words, names: Sequence[str], synonyms: Sequence[str]) -> Rank:
    """Return how well names fit a query."""
    best = Rank.NOT
    for texts, exact, inside, begins in (
        (names, Rank.NAME, Rank.IN_NAME, Rank.BEGINS_IN_NAME),
        (synonyms, Rank.SYNONYM, Rank.IN_SYNONYM, Rank.BEGINS_IN_SYNONYM),
    ):
        for text in texts:
            has = words(text)
            if has == wanted:
                best = min(best, exact)
            elif set(wanted) <= set(has):
                best = min(best, inside)
            elif all(any(word.startswith(part) for word in has) for part in wanted):
                best = min(best, begins)
    return best


def _labels(
    among: QuerySet[Label],
) -> Iterator[tuple[str, str | None, list[str], list[str]]]:
    """Yield each class' id, parent, names and synonyms, of all languages."""
    codes = [code for code, _ in settings.LANGUAGES]
    fields = [f"{field}_{code}" for field in ("name", "synonyms") for code in codes]
    rows = among.order_by().values_list("id", "parent_id", *fields)
    for label_id, parent, *texts in rows:
        names, synonyms = texts[: len(codes)], texts[len(codes) :]
        yield (
            label_id,
            parent,
            [name for name in names if name],
            [synonym for text in synonyms if text for synonym in text.splitlines()],
        )


def _parents() -> Iterator[tuple[str, list[str]]]:
    """Yield each parent concept's slug and names, of all languages."""
    codes = [code for code, _ in settings.LANGUAGES]
    rows = Parent.objects.order_by().values_list("slug", *(f"name_{code}" for code in codes))
    for slug, *names in rows:
        yield slug, [name for name in names if name]
