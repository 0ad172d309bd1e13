"""Addresses that users want told when a job ends, and what was sent to them."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from worker.models.job import Job, new_id


class Webhook(models.Model):
    """An address that is told of ended jobs. Its secret is derived from the id, not stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="webhooks",
        verbose_name=_("user"),
    )
    url = models.URLField(_("address"), max_length=2000)
    description = models.CharField(_("description"), max_length=200, blank=True)
    events = models.JSONField(_("events"), default=list)
    secret_version = models.PositiveIntegerField(default=1, editable=False)
    secret_renewed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    disabled_at = models.DateTimeField(_("disabled"), null=True, blank=True)
    disabled_reason = models.CharField(_("reason"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.host

    @property
    def name(self) -> str:
        """What people know it by: what they call it, else the host that it is on."""
        return self.description or urlsplit(self.url).hostname or ""

    @property
    def host(self) -> str:
        """Where messages go; what follows the host in the address may be a password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}"


class DeliveryStatus(models.TextChoices):
    """The states of a delivery."""

    PENDING = "pending", _("waiting")
    SUCCEEDED = "succeeded", _("delivered")
    FAILED = "failed", _("failed")


class WebhookDelivery(models.Model):
    """One event for one webhook, with its tries."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    webhook = models.ForeignKey(
        Webhook,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("webhook"),
    )
    event = models.CharField(_("event"), max_length=40)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, verbose_name=_("job"))
    payload = models.JSONField(_("content"))
    status = models.CharField(
        _("state"),
        max_length=10,
        choices=DeliveryStatus,
        default=DeliveryStatus.PENDING,
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    response_status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    response_excerpt = models.CharField(_("beginning of the answer"), max_length=500, blank=True)
    tries = models.JSONField(_("tries"), default=list, blank=True)
    duration_ms = models.FloatField(_("duration, in ms"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["next_attempt_at"],
                name="delivery_due",
                condition=Q(status="pending"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.id}"
