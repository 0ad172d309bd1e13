"""What two models make of the same pictures. Reads only, bounded however many jobs there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from classify.models import Model, State
from classify.selectors import Shown, outputs_shown
from classify.services import CLASSIFY, COMPARE
from worker.models import Job, Status

LOOKED_AT = 10_000
"""Latest jobs among which pictures are searched."""

PAIRS_MAX = 500
DIFFERENCES_MAX = 50
BEST = 5


@dataclass(frozen=True)
class Pair:
    """A picture that both models have seen, with what each of them says."""

    job: Job
    first: Sequence[Shown]
    second: Sequence[Shown]

    @property
    def agrees(self) -> bool:
        """Whether the best classes are called the same."""
        return self.first[0].name.casefold() == self.second[0].name.casefold()

    @property
    def nearly(self) -> bool:
        """Whether the best class of one is among the five best of the other."""
        return _among(self.first[0], self.second) or _among(self.second[0], self.first)


def _among(one: Shown, others: Sequence[Shown]) -> bool:
    return one.name.casefold() in {other.name.casefold() for other in others[:BEST]}


@dataclass(frozen=True)
class Side:
    """One of the models, over all pictures."""

    name: str
    score: float
    predict_ms: float


@dataclass(frozen=True)
class Comparison:
    """Two models, as far as they are chosen and have seen the same pictures."""

    models: list[str]
    first: str = ""
    second: str = ""
    waiting: int = 0
    same_classes: bool = True
    pairs: list[Pair] = field(default_factory=list)
    sides: list[Side] = field(default_factory=list)

    @property
    def agreement(self) -> float:
        """Share of the pictures of which both say the same."""
        return sum(pair.agrees for pair in self.pairs) / len(self.pairs)

    @property
    def near_agreement(self) -> float:
        """Share of the pictures for which the best class of one is among five of the other."""
        return sum(pair.nearly for pair in self.pairs) / len(self.pairs)

    @property
    def differences(self) -> list[Pair]:
        """The pictures of which they say something else, those of one that is sure first."""
        different = [pair for pair in self.pairs if not pair.agrees]
        different.sort(key=lambda pair: -max(pair.first[0].score, pair.second[0].score))
        return different[:DIFFERENCES_MAX]


def comparison_of(wishes: Mapping[str, Any]) -> Comparison:
    """Return what there is to say of the models ``first`` and ``second``."""
    ready = Model.objects.filter(state=State.READY)
    found = {model.name: model for model in ready.order_by("-is_default", "-enabled", "name")}
    first, second = wishes.get("first", ""), wishes.get("second", "")
    if first not in found or second not in found or first == second:
        known = first if first in found else next(iter(found), "")
        return Comparison(list(found), known)
    jobs, waiting = _seen_by_both(first, second)
    pairs = _pairs(jobs)
    sides = [
        Side(name, fmean(shown[0].score for shown in seen), fmean(times))
        for name, seen, times in (
            (first, [pair.first for pair in pairs], _times([job.source for job in jobs])),
            (second, [pair.second for pair in pairs], _times(jobs)),
        )
        if pairs
    ]
    one, other = (_ids(found[name]) for name in (first, second))
    return Comparison(list(found), first, second, waiting, one == other, pairs, sides)


def _ids(model: Model) -> list[str]:
    return [own["id"] for own in model.classes]


def _times(jobs: Sequence[Job | None]) -> list[float]:
    times = [job.predict_ms for job in jobs if job is not None and job.predict_ms is not None]
    return times or [0.0]


def _seen_by_both(first: str, second: str) -> tuple[list[Job], int]:
    """Return the second model's jobs on pictures of the first's, and how many still wait."""
    derived = Job.objects.filter(service=COMPARE, model=second, source__isnull=False)
    latest = derived.order_by("-id").select_related("source")[:LOOKED_AT]
    jobs = [job for job in latest if job.source and job.source.model == first]
    done = [job for job in jobs if job.status == Status.SUCCEEDED and job.output]
    return done[:PAIRS_MAX], sum(not job.is_finished for job in jobs)


def _pairs(jobs: Sequence[Job]) -> list[Pair]:
    language = get_language() or settings.LANGUAGE_CODE
    outputs = [job.source.output or {} for job in jobs if job.source]
    shown = outputs_shown([*outputs, *(job.output or {} for job in jobs)], language)
    firsts, seconds = shown[: len(jobs)], shown[len(jobs) :]
    return [
        Pair(job.source, one, other)
        for job, one, other in zip(jobs, firsts, seconds, strict=True)
        if job.source and one and other
    ]


def jobs_to_compare(*, first: str, second: str) -> list[Job]:
    """Return the latest jobs of a model that another one has not looked at, newest first."""
    latest = Job.objects.order_by("-id").values("pk")[:LOOKED_AT]
    done = Job.objects.filter(pk__in=latest, service=CLASSIFY, status=Status.SUCCEEDED, model=first)
    seen = set(
        Job.objects.filter(service=COMPARE, model=second, source__isnull=False)
        .order_by("-id")
        .values_list("source_id", flat=True)[:LOOKED_AT]
    )
    jobs = done.exclude(input="").order_by("-id")[:LOOKED_AT]
    return [job for job in jobs if job.id not in seen]
