"""What a user looks for among their jobs."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from classify.listing import Sort
from classify.matching import QUERY_MAX, labels_meant
from classify.models import Feedback, Label, Parent
from classify.selectors import models_named
from worker.models import Job, Status, first_id_at
from worker.selectors import jobs_listed_for

if TYPE_CHECKING:
    from accounts.models import User

CORRECTED_MAX = 1_000
"""Corrected results that a search looks through; more than anybody corrects of one class."""

SURE_CHOICES = (
    ("", _("any")),
    ("90", _("at least 90%")),
    ("70", _("at least 70%")),
    ("50", _("at least 50%")),
    ("low", _("below 50%")),
)
SORT_CHOICES = (
    (Sort.NEWEST.value, _("newest first")),
    (Sort.OLDEST.value, _("oldest first")),
    (Sort.SUREST.value, _("most sure first")),
    (Sort.LEAST_SURE.value, _("least sure first")),
)


DATES = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))]
"""Days that ids, in which the time stands, can begin with."""


class HistoryForm(forms.Form):
    """The search, the filters and the order of the list. All may be left out."""

    q = forms.CharField(required=False, max_length=QUERY_MAX, label=_("Search a class"))
    label = forms.CharField(
        required=False, max_length=64, label=_("Class"), widget=forms.HiddenInput
    )
    batch = forms.UUIDField(required=False, label=_("Batch"), widget=forms.HiddenInput)
    parent = forms.ChoiceField(required=False, label=_("Concept"))
    state = forms.ChoiceField(required=False, label=_("State"))
    sure = forms.ChoiceField(required=False, choices=SURE_CHOICES, label=_("How sure"))
    model = forms.ChoiceField(required=False, label=_("Model"))
    since = forms.DateField(
        required=False,
        label=_("From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        validators=DATES,
    )
    until = forms.DateField(
        required=False,
        label=_("To"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        validators=DATES,
    )
    sort = forms.ChoiceField(required=False, choices=SORT_CHOICES, label=_("Order"))

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        choices = {
            "parent": sorted(((p.slug, str(p)) for p in Parent.objects.all()), key=_name),
            "model": [(name, name) for name in models_named()],
            "state": [(status.value, str(status.label)) for status in Status],
        }
        for name, found in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", str(_("any"))), *found]

    @property
    def values(self) -> dict[str, Any]:
        """What was asked for and makes sense; what does not is left out, and said."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def filters(self) -> dict[str, Any]:
        """The values without the order."""
        return {name: value for name, value in self.values.items() if name != "sort"}

    @property
    def order(self) -> Sort:
        """The order of the list."""
        return Sort(self.values.get("sort", Sort.NEWEST))

    @property
    def query(self) -> str:
        """The values as the query of an address."""
        return self.without()

    def without(self, *names: str) -> str:
        """Return the query of an address that asks for the same but for some fields."""
        query = QueryDict(mutable=True)
        query.update({name: str(v) for name, v in self.values.items() if name not in names})
        return query.urlencode()


def _name(choice: tuple[str, str]) -> str:
    """Return what choices are sorted by."""
    return choice[1].casefold()


def jobs_found(*, user: "User", form: HistoryForm) -> QuerySet[Job]:
    """Return those of a user's jobs that fit, in the order that was asked for."""
    wanted = form.values
    jobs = jobs_listed_for(user)
    if "state" in wanted:
        jobs = jobs.filter(status=wanted["state"])
    if "model" in wanted:
        jobs = jobs.filter(model=wanted["model"])
    if wanted.get("sure") == "low":
        jobs = jobs.filter(score__lt=0.5)
    elif "sure" in wanted:
        jobs = jobs.filter(score__gte=int(wanted["sure"]) / 100)
    if "batch" in wanted:
        jobs = jobs.filter(batch=wanted["batch"])
    if "since" in wanted:
        jobs = jobs.filter(id__gte=first_id_at(datetime.combine(wanted["since"], time(), UTC)))
    if "until" in wanted:
        end = datetime.combine(wanted["until"], time(), UTC) + timedelta(days=1)
        jobs = jobs.filter(id__lt=first_id_at(end))
    for ids in _classes(wanted):
        jobs = jobs.filter(_shows(user, ids))
    prefix = "-" if form.order.descending else ""
    if form.order.by_score:
        return jobs.filter(score__isnull=False).order_by(f"{prefix}score", f"{prefix}id")
    return jobs.order_by(f"{prefix}id")


def _classes(wanted: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the classes that are asked for, in as many ways."""
    asked = []
    if "q" in wanted:
        asked.append(labels_meant(wanted["q"]))
    if "label" in wanted:
        asked.append((wanted["label"],))
    if "parent" in wanted:
        ids = Label.objects.filter(parent=wanted["parent"]).order_by()
        asked.append(tuple(ids.values_list("id", flat=True)))
    return asked


def _shows(user: "User", ids: tuple[str, ...]) -> Q:
    """Return the condition that a job shows one of some classes, by its owner or its model."""
    not_denied = Q(feedback__isnull=True) | Q(feedback__correct=True)
    corrected = Feedback.objects.filter(job__user=user, label__in=ids).order_by("-job")
    named = list(corrected.values_list("job", flat=True)[:CORRECTED_MAX])
    shows = Q(label__in=ids) & not_denied
    return shows | Q(id__in=named) if named else shows
