"""What classification holds of a person: their part of an export. It is erased with the jobs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import get_language

from accounts.personal import Entry, Part, table_entry
from classify.exports import csv_lines
from classify.models import Feedback
from classify.services import CLASSIFY
from worker.selectors import jobs_visible_to

if TYPE_CHECKING:
    from accounts.models import User


def _entries(user: "User") -> Iterator[Entry]:
    """Yield the results as a table with the classes' names, and what was said of them."""
    jobs = jobs_visible_to(user).filter(service=CLASSIFY)
    language = get_language() or settings.LANGUAGE_CODE
    yield Entry("classifications.csv", csv_lines(jobs, language))
    feedback = Feedback.objects.filter(job__user_id=user.pk)
    yield table_entry("feedback.json", feedback, "job", "correct", "label", "created_at")


PART = Part(
    "classify",
    ("classify.Feedback",),
    entries=_entries,
    count=lambda _: 2,
    erase=lambda _: True,
)
