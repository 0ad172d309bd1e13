"""How the queue is run: decisions of operators, counters, signs of life."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ServiceState(models.Model):
    """What an operator decided about a service; without a row it simply runs."""

    service = models.SlugField(_("service"), primary_key=True)
    paused = models.BooleanField(
        _("paused"),
        default=False,
        help_text=_("A paused service accepts jobs but starts none."),
    )
    draining = models.BooleanField(
        _("draining"),
        default=False,
        help_text=_("A draining service accepts no jobs but ends those that it has."),
    )

    class Meta:
        verbose_name = _("state of a service")
        verbose_name_plural = _("states of services")

    def __str__(self) -> str:
        return self.service


class Usage(models.Model):
    """What a user handed in on a day: counters, so that nobody has to count jobs."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="usage",
        verbose_name=_("user"),
    )
    day = models.DateField(_("day"))
    jobs = models.PositiveIntegerField(_("jobs"), default=0)
    stored_bytes = models.BigIntegerField(
        _("stored bytes"),
        default=0,
        help_text=_("Of the pictures handed in on that day, those that are still there."),
    )

    class Meta:
        verbose_name = _("usage")
        verbose_name_plural = _("usage")
        constraints = (models.UniqueConstraint(fields=["user", "day"], name="one_usage_a_day"),)
        indexes = (models.Index(fields=["day"], name="usage_by_day"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"


class Tally(models.Model):
    """How many jobs were handed in on a day for a service and model; of nobody in particular.

    The sweeper adds to it what it finds in the table of jobs, bit by bit.
    """

    day = models.DateField(_("day"))
    service = models.SlugField(_("service"), db_index=False)
    model = models.CharField(_("model"), max_length=100, blank=True)
    jobs = models.PositiveIntegerField(_("jobs"), default=0)

    class Meta:
        verbose_name = _("tally of jobs")
        verbose_name_plural = _("tallies of jobs")
        constraints = (
            models.UniqueConstraint(
                fields=["day", "service", "model"], name="one_tally_a_day_service_and_model"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.service} {self.model}"


NOTHING = uuid.UUID(int=0)
"""Where whatever goes through the jobs in their order begins."""


class Mark(models.Model):
    """How far something has come that goes through the jobs in their order, bit by bit."""

    name = models.CharField(primary_key=True, max_length=50)
    job = models.UUIDField(help_text="All jobs up to this id are done with.")

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, name: str) -> uuid.UUID:
        """Return the id up to which all jobs are done with, by a mark's name."""
        return cls.objects.filter(name=name).values_list("job", flat=True).first() or NOTHING


class WorkerState(models.Model):
    """A sign of life of a worker: that it really runs what it takes from the queue."""

    name = models.CharField(_("name"), primary_key=True, max_length=100)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("seen"))
    memory_bytes = models.BigIntegerField(
        _("memory"), default=0, help_text=_("In bytes, of its processes together.")
    )
    model_names = models.CharField(_("models"), max_length=500, blank=True)
    version = models.CharField(_("version"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name
