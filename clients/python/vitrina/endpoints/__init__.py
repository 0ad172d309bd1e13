"""Everything that can be asked of a site, by room; both clients have all of it."""

from vitrina.endpoints.account import AccountEndpoints
from vitrina.endpoints.batches import BatchEndpoints
from vitrina.endpoints.catalogue import CatalogueEndpoints
from vitrina.endpoints.jobs import JobEndpoints
from vitrina.endpoints.webhooks import WebhookEndpoints


class Endpoints(
    JobEndpoints, BatchEndpoints, CatalogueEndpoints, AccountEndpoints, WebhookEndpoints
):
    """Everything that can be asked of a site."""


__all__ = ["Endpoints"]
