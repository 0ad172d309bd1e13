"""Every reason why a job fails or a submission is refused, in words for a person."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MESSAGES: dict[str, "StrOrPromise"] = {
    # The picture. The codes are those of ``worker.runtime.errors``.
    "empty": _("The file is empty."),
    "unsupported_type": _("This is not a JPEG, PNG or WebP picture."),
    "too_many_pixels": _("The picture has too many pixels; up to 50 megapixels are accepted."),
    "too_long_side": _("The picture is too long or too wide; a side may have 12,000 pixels."),
    "too_small": _("The picture is too small; each side needs at least 8 pixels."),
    "too_many_scans": _("The picture is stored in an unusual way that takes too long to read."),
    "broken_image": _("The picture is damaged or incomplete and cannot be read."),
    "too_complex": _("The picture takes too much memory to read."),
    "too_large": _("The file is too large; up to 10 MB are accepted."),
    "unreadable": _("The file cannot be opened."),
    "url_refused": _("Addresses like this one are not opened."),
    "url_unreachable": _("There is no picture to be had at this address."),
    "archive_broken": _("The archive is damaged, encrypted or not a zip file."),
    "archive_too_many": _("There are too many pictures in the archive."),
    "archive_too_large": _("The archive's content is too large."),
    "archive_unsafe": _("The archive has links, or paths that lead out of it."),
    # The site.
    "input_missing": _("The stored picture is gone."),
    "input_changed": _("The stored picture has changed since it was handed in."),
    "model_missing": _("The model is not installed."),
    "model_damaged": _("The model's file is damaged."),
    "model_unloadable": _("The model cannot be loaded."),
    "timeout": _("It took too long."),
    "worker_lost": _("The program that worked on it stopped, three times."),
    "internal": _("Something went wrong on our side."),
    # Submissions that are not accepted.
    "service_not_allowed": _("Your account may not use this service. Ask an administrator."),
    "model_not_allowed": _("Your account may not use this model. Choose another one."),
    "too_many_jobs": _("You have too many unfinished jobs. Try again when some have ended."),
    "too_fast": _("You hand in pictures faster than this site allows. Wait a minute."),
    "daily_quota": _("You have reached the number of pictures for today."),
    "storage_quota": _("Your stored pictures take up all your space. Delete some first."),
    "service_draining": _("This service takes no pictures at the moment. Try again later."),
    "queue_full": _("The site is busy at the moment. Try again in a minute."),
    "storage_full": _("The site cannot store pictures at the moment. Try again later."),
}

OURS = frozenset(
    {
        "input_missing",
        "input_changed",
        "model_missing",
        "model_damaged",
        "model_unloadable",
        "timeout",
        "worker_lost",
        "internal",
    }
)
"""Reasons that lie with the site and not with the picture: trying again may help."""

UNAVAILABLE = frozenset({"queue_full", "storage_full", "service_draining"})
"""Refusals that lie with the site: 503. The others lie with the user."""


NOT_ALLOWED = frozenset({"service_not_allowed", "model_not_allowed"})
"""Refusals of what others may use: 403."""


def message(code: str) -> "StrOrPromise":
    """Return the sentence for a code; an unknown code gets the general one."""
    return MESSAGES.get(code, MESSAGES["internal"])


class JobRefusedError(Exception):
    """A submission is not accepted, and nothing of it is stored.

    :param code: a key of :data:`MESSAGES`.
    :param retry_after: seconds after which it may work; ``None`` when it never will.
    """

    def __init__(self, code: str, *, retry_after: int | None = None) -> None:
        self.code = code
        self.retry_after = retry_after
        super().__init__(code)

    @property
    def message(self) -> "StrOrPromise":
        """The sentence for a person."""
        return message(self.code)
