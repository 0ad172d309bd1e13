"""What stays of requests: keys of creates that may be repeated, ids of jobs that are erased."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from worker.models.job import Batch, Job


class IdempotencyKey(models.Model):
    """A create that a program may send again without making a second job."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = (
            models.UniqueConstraint(fields=["user", "key"], name="one_create_for_a_key"),
        )

    def __str__(self) -> str:
        return self.key


class ErasedJob(models.Model):
    """The id of a job that its owner has erased: it is gone, and was theirs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    erased_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("erased job")
        verbose_name_plural = _("erased jobs")

    def __str__(self) -> str:
        return str(self.id)
