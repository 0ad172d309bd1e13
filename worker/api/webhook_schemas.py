"""What the endpoints about webhooks take and answer."""

from typing import Any

from rest_framework import serializers

from project.api.fields import StrictBoolean, StrictString
from project.api.paging import PageQuery
from worker.fetch import MAX_URL
from worker.models import DeliveryStatus, Webhook, WebhookDelivery
from worker.webhooks import EVENTS, webhook_secret, webhook_url_fault


class WebhookInput(serializers.Serializer[Any]):
    """Where to send what."""

    url = StrictString(max_length=MAX_URL, help_text="A public address that begins with https://.")
    events = serializers.ListField(
        child=serializers.ChoiceField(EVENTS),
        required=False,
        allow_empty=False,
        max_length=len(EVENTS),
        help_text="Of what to tell; by default of every end of a job.",
    )
    description = StrictString(
        required=False, allow_blank=True, max_length=200, help_text="For yourself."
    )
    enabled = StrictBoolean(required=False, help_text="Whether to send anything.")

    def validate_url(self, value: str) -> str:
        """Refuse what will never be opened.

        :raises ValidationError: when it will not.
        """
        fault = webhook_url_fault(value)
        if fault:
            raise serializers.ValidationError(fault.text, fault.code)
        return value


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """An address that is told when jobs end."""

    id = serializers.UUIDField(read_only=True, help_text="Its id.")
    url = serializers.CharField(read_only=True, help_text="The address.")
    events = serializers.ListField(
        child=serializers.ChoiceField(EVENTS), read_only=True, help_text="Of what it is told."
    )
    description = serializers.CharField(read_only=True, help_text="What you call it.")
    enabled = serializers.SerializerMethodField(help_text="Whether anything is sent.")
    disabled_reason = serializers.CharField(
        read_only=True,
        help_text="Why the site has switched it off: `gone` (410), `failing`, or empty.",
    )
    created_at = serializers.DateTimeField(read_only=True, help_text="When it was made.")
    disabled_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When it was switched off."
    )

    class Meta:
        model = Webhook
        fields = (
            "id",
            "url",
            "events",
            "description",
            "enabled",
            "disabled_at",
            "disabled_reason",
            "created_at",
        )

    def get_enabled(self, webhook: Webhook) -> bool:
        """Tell whether anything is sent."""
        return webhook.disabled_at is None


class WebhookWithSecret(WebhookSerializer):
    """A webhook with the secret that signs its messages."""

    secret = serializers.SerializerMethodField(
        help_text="Verify messages with it; it is shown now and when it is renewed."
    )

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")  # type: ignore[assignment]

    def get_secret(self, webhook: Webhook) -> str:
        """Return the secret."""
        return webhook_secret(webhook)


class WebhookPage(serializers.Serializer[Any]):
    """Some of your webhooks, newest first."""

    next = serializers.URLField(allow_null=True, help_text="The page after this one.")
    previous = serializers.URLField(allow_null=True, help_text="The page before this one.")
    results = WebhookSerializer(many=True, help_text="The webhooks of this page.")


class Try(serializers.Serializer[Any]):
    """One try to send a message."""

    at = serializers.DateTimeField(help_text="When it ended.")
    response_status = serializers.IntegerField(
        allow_null=True, help_text="The status of the answer; null when there was none."
    )
    response_excerpt = serializers.CharField(
        help_text="The beginning of the answer, or why there was none."
    )
    duration_ms = serializers.FloatField(help_text="How long it took.")


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One message to one webhook."""

    id = serializers.UUIDField(read_only=True, help_text="Its id, also in `webhook-id`.")
    webhook = serializers.UUIDField(source="webhook_id", read_only=True, help_text="To whom.")
    event = serializers.CharField(read_only=True, help_text="What it tells of.")
    job = serializers.UUIDField(
        source="job_id", read_only=True, allow_null=True, help_text="Of which job."
    )
    status = serializers.ChoiceField(
        DeliveryStatus.values, read_only=True, help_text="Whether it has arrived."
    )
    attempts = serializers.IntegerField(read_only=True, help_text="How often it was sent.")
    next_attempt_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When it is sent next."
    )
    response_status = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="The status of the last answer."
    )
    response_excerpt = serializers.CharField(
        read_only=True, help_text="The beginning of the last answer, or why there was none."
    )
    duration_ms = serializers.FloatField(
        read_only=True, allow_null=True, help_text="How long the last try took."
    )
    tries = Try(many=True, read_only=True, help_text="Each try so far, the first one first.")
    payload = serializers.JSONField(read_only=True, help_text="What is sent; empty before that.")
    created_at = serializers.DateTimeField(read_only=True, help_text="When it arose.")
    delivered_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When it arrived."
    )

    class Meta:
        model = WebhookDelivery
        fields = (
            "id",
            "webhook",
            "event",
            "job",
            "status",
            "attempts",
            "next_attempt_at",
            "response_status",
            "response_excerpt",
            "duration_ms",
            "tries",
            "payload",
            "created_at",
            "delivered_at",
        )


class DeliveryPage(serializers.Serializer[Any]):
    """Some messages, newest first."""

    next = serializers.URLField(allow_null=True, help_text="The page after this one.")
    previous = serializers.URLField(allow_null=True, help_text="The page before this one.")
    results = DeliverySerializer(many=True, help_text="The messages of this page.")


class DeliveriesQuery(PageQuery):
    """Which messages to list."""

    status = serializers.ChoiceField(
        DeliveryStatus.values, required=False, help_text="Only those in this state."
    )
