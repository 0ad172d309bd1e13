"""Webhooks: addresses that are told when jobs end, and what was sent to them."""

from collections.abc import Sequence

from vitrina.endpoint import endpoint, pages
from vitrina.endpoints.base import Base, HasId, given, id_of
from vitrina.flow import Flow, Listing, Request
from vitrina.shapes import Delivery, NewWebhook, Webhook, read


class WebhookEndpoints(Base):
    """Webhooks; :mod:`vitrina.webhooks` verifies what arrives."""

    @pages
    def webhooks(self, *, page_size: int = 100) -> Listing[Webhook]:
        """List your webhooks, newest first."""
        return Listing(Request("GET", "webhooks", query={"limit": page_size}), Webhook)

    @endpoint
    def webhook(self, webhook: HasId | str) -> Flow[Webhook]:
        """Look at a webhook."""
        return self._fetch(Webhook, f"webhooks/{id_of(webhook)}")

    @endpoint
    def create_webhook(
        self, url: str, *, events: Sequence[str] | None = None, description: str | None = None
    ) -> Flow[NewWebhook]:
        """Have an address told of events, by default of every end of a job."""
        wishes = {
            "url": url,
            "events": None if events is None else list(events),
            "description": description,
        }
        answer = yield from self._send("POST", "webhooks", json=given(wishes), repeatable=False)
        return read(answer, NewWebhook)

    @endpoint
    def update_webhook(
        self,
        webhook: HasId | str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Flow[Webhook]:
        """Change a webhook; switch it off, or on again."""
        wishes = {
            "url": url,
            "events": None if events is None else list(events),
            "description": description,
            "enabled": enabled,
        }
        path = f"webhooks/{id_of(webhook)}"
        answer = yield from self._send("PATCH", path, json=given(wishes))
        return read(answer, Webhook)

    @endpoint
    def delete_webhook(self, webhook: HasId | str) -> Flow[None]:
        """Delete a webhook with what was sent to it."""
        yield from self._send("DELETE", f"webhooks/{id_of(webhook)}")

    @endpoint
    def renew_webhook_secret(self, webhook: HasId | str) -> Flow[NewWebhook]:
        """Give a webhook a new secret; for a day the old one signs beside it."""
        path = f"webhooks/{id_of(webhook)}/secret"
        answer = yield from self._send("POST", path, repeatable=False)
        return read(answer, NewWebhook)

    @endpoint
    def test_webhook(self, webhook: HasId | str) -> Flow[Delivery]:
        """Send a webhook a message of the type ``test``."""
        path = f"webhooks/{id_of(webhook)}/test"
        answer = yield from self._send("POST", path, repeatable=False)
        return read(answer, Delivery)

    @pages
    def deliveries(
        self, webhook: HasId | str, *, status: str | None = None, page_size: int = 100
    ) -> Listing[Delivery]:
        """List what was sent to a webhook, newest first."""
        query = given({"status": status, "limit": page_size})
        path = f"webhooks/{id_of(webhook)}/deliveries"
        return Listing(Request("GET", path, query=query), Delivery)

    @endpoint
    def replay_delivery(self, delivery: HasId | str) -> Flow[Delivery]:
        """Send a message again, under the same id."""
        path = f"webhooks/deliveries/{id_of(delivery)}/replay"
        answer = yield from self._send("POST", path, repeatable=False)
        return read(answer, Delivery)
