"""The table of exports; a module of its own, as that of the other tables is long."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7


class DataExport(models.Model):
    """Everything that the site holds of somebody, as a zip: asked for, made aside, kept a while."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="data_exports",
        verbose_name=_("user"),
    )
    origin = models.CharField(max_length=300, help_text="The site's address as its user sees it.")
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_expires_at = models.DateTimeField(_("lease ends"), null=True)
    done = models.PositiveIntegerField(_("files written"), default=0)
    total = models.PositiveIntegerField(_("files to write"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    failed = models.BooleanField(_("failed"), default=False)
    size = models.BigIntegerField(_("size in bytes"), default=0)
    expires_at = models.DateTimeField(_("expires"), null=True, db_index=True)

    class Meta:
        verbose_name = _("export of personal data")
        verbose_name_plural = _("exports of personal data")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(finished_at=None),
                name="one_export_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return str(self.id)

    @property
    def path(self) -> str:
        """Where the zip is stored: nothing in it tells whose it is."""
        return f"exports/{self.id}.zip"

    @property
    def is_ready(self) -> bool:
        """Whether it can be downloaded."""
        return self.finished_at is not None and not self.failed
