"""The job: one request of one user to one service on one picture.

The row is the truth; a message in Redis only says that it waits::

                submit                claim                 finish
      (refused) ------> queued ---------------> running ------------> succeeded
                          |  ^                     |  \\-------------> failed (code)
                    cancel|  | lease ran out,      | cancel
                          v  | attempts left       v
                       canceled <-------------- canceled     queued past its deadline: expired

Terminal states never change: every change of state is one conditional UPDATE in
``worker.services`` that names the state it starts from.
"""

import uuid
from datetime import datetime
from typing import ClassVar

import uuid_utils.compat
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from project.traces import traceparent


def new_id() -> uuid.UUID:
    """Return a UUIDv7: public, not to be guessed, and ordered by time of creation."""
    return uuid_utils.compat.uuid7()


class Status(models.TextChoices):
    """The states of a job."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("done")
    FAILED = "failed", _("failed")
    CANCELED = "canceled", _("canceled")
    EXPIRED = "expired", _("expired")


UNFINISHED = (Status.QUEUED, Status.RUNNING)
TERMINAL = (Status.SUCCEEDED, Status.FAILED, Status.CANCELED, Status.EXPIRED)


class Lane(models.TextChoices):
    """The two lines in which jobs wait; the first is served first."""

    INTERACTIVE = "interactive", _("interactive")
    BULK = "bulk", _("bulk")


def first_id_at(moment: datetime) -> uuid.UUID:
    """Return the smallest id that :func:`new_id` can have made at a moment."""
    return uuid.UUID(int=(int(moment.timestamp() * 1000) << 80) | (0x7 << 76) | (0x2 << 62))


class Batch(models.Model):
    """Jobs submitted together."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="batches",
        verbose_name=_("user"),
    )
    service = models.SlugField(_("service"))
    created_at = models.DateTimeField(_("submitted"), auto_now_add=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        indexes = (models.Index(fields=["user", "-id"], name="batch_of_user"),)

    def __str__(self) -> str:
        return str(self.id)


class Job(models.Model):
    """One request of one user to one service on one picture, with its states and result."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="jobs",
        verbose_name=_("user"),
        db_index=False,  # the indexes below begin with it
    )
    batch = models.ForeignKey(
        Batch,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("batch"),
        db_index=False,
    )
    service = models.SlugField(_("service"), db_index=False)
    lane = models.CharField(_("lane"), max_length=12, choices=Lane, default=Lane.INTERACTIVE)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.QUEUED)

    # What was handed in.
    input = models.FileField(_("picture"), max_length=200, blank=True)
    input_name = models.CharField(_("file name"), max_length=200, blank=True)
    input_sha256 = models.CharField(_("SHA-256 of the picture"), max_length=64, blank=True)
    input_format = models.CharField(_("format"), max_length=10, blank=True)
    input_bytes = models.PositiveIntegerField(_("size in bytes"), default=0)
    input_width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    input_height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)

    # What came of it. ``label`` and ``score`` repeat the best prediction, to filter by.
    output = models.JSONField(_("result"), null=True, blank=True)
    label = models.CharField(_("class"), max_length=64, blank=True)
    score = models.FloatField(_("score"), null=True, blank=True)
    display = models.FileField(_("picture to show"), max_length=200, blank=True)
    thumbnail = models.FileField(_("small picture"), max_length=200, blank=True)
    error_code = models.CharField(_("reason of failure"), max_length=40, blank=True)
    model = models.CharField(_("model"), max_length=100, blank=True)
    model_version = models.CharField(_("version of the model"), max_length=40, blank=True)
    model_sha256 = models.CharField(_("SHA-256 of the model"), max_length=64, blank=True)
    decode_ms = models.FloatField(_("decoding, in ms"), null=True, blank=True)
    predict_ms = models.FloatField(_("prediction, in ms"), null=True, blank=True)

    # How it went.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    worker = models.CharField(_("worker"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("submitted"), auto_now_add=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    rings = models.PositiveSmallIntegerField(_("times published"), default=0)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    lease_expires_at = models.DateTimeField(_("lease ends"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("deadline"))
    request_id = models.CharField(
        _("request"),
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("The id, in the log, of the request that submitted it."),
    )
    traceparent = models.CharField(
        _("trace"),
        max_length=55,
        blank=True,
        editable=False,
        default=traceparent,
        db_default="",  # for those who do not know the column yet, while a deploy goes on
        help_text=_("The W3C trace context of that request, if it is traced."),
    )
    source = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="derived",
        verbose_name=_("made from"),
        help_text=_(
            "The job whose picture this one uses again: with another model, or to explain."
        ),
    )
    retry = models.OneToOneField(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="retry_of",
        verbose_name=_("retried as"),
        help_text=_("A finished job never changes: trying again makes a new one."),
    )

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(status=Status.RUNNING) | Q(lease_expires_at__isnull=False),
                name="running_job_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNFINISHED) | Q(finished_at__isnull=False),
                name="finished_job_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.FAILED) | ~Q(error_code=""),
                name="failed_job_has_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="job_of_user"),
            models.Index(fields=["batch", "id"], name="job_of_batch"),
            models.Index(fields=["user", "label", "-id"], name="job_of_user_by_label"),
            models.Index(fields=["user", "status", "-id"], name="job_of_user_by_status"),
            models.Index(
                fields=["user", "-score", "-id"],
                name="job_of_user_by_score",
                condition=Q(score__isnull=False),  # nothing to write before there is a result
            ),
            # One small index for each question that dispatcher and sweeper ask; finished
            # jobs, nearly all of a table that has grown, are in none of them.
            models.Index(
                fields=["user", "lane", "id"],
                name="job_waiting",
                condition=Q(status=Status.QUEUED, published_at__isnull=True),
            ),
            models.Index(
                fields=["user", "lane"],
                name="job_unfinished",
                condition=Q(finished_at__isnull=True),
            ),
            models.Index(
                fields=["published_at"],
                name="job_published",
                condition=Q(status=Status.QUEUED, published_at__isnull=False),
            ),
            models.Index(
                fields=["lease_expires_at"],
                name="job_leased",
                condition=Q(status=Status.RUNNING),
            ),
            models.Index(
                fields=["error_code", "id"],
                name="job_failed",
                condition=Q(status=Status.FAILED),
            ),
            models.Index(
                fields=["expires_at"],
                name="job_deadline",
                condition=Q(status=Status.QUEUED),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_finished(self) -> bool:
        """Whether the job is in a terminal state."""
        return self.status in TERMINAL

    @property
    def picture_is_gone(self) -> bool:
        """Whether its picture was there once and has been deleted, while the result stays."""
        return self.is_finished and bool(self.input_bytes) and not (self.input or self.display)

    @property
    def queued_ms(self) -> float | None:
        """Return how long the job waited for its (last) start, in milliseconds."""
        if self.started_at is None:
            return None
        return (self.started_at - self.created_at).total_seconds() * 1000

    @property
    def total_ms(self) -> float | None:
        """Return the time from submission to end, in milliseconds."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.created_at).total_seconds() * 1000
