"""Links with which a user shows one result to anybody, for a while."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from worker.models.job import Job, new_id


class Share(models.Model):
    """A link to one job's result. Its address is signed, so nothing here opens anything."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(
        Job,
        on_delete=models.CASCADE,
        related_name="shares",
        verbose_name=_("job"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("shared link")
        verbose_name_plural = _("shared links")

    def __str__(self) -> str:
        return str(self.id)
