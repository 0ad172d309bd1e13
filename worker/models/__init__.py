"""The tables of the queue. Start with :mod:`worker.models.job`."""

from worker.models.job import (
    TERMINAL,
    UNFINISHED,
    Batch,
    Job,
    Lane,
    Status,
    first_id_at,
    new_id,
)
from worker.models.operation import NOTHING, Mark, ServiceState, Tally, Usage, WorkerState
from worker.models.share import Share
from worker.models.trace import ErasedJob, IdempotencyKey
from worker.models.webhook import DeliveryStatus, Webhook, WebhookDelivery

__all__ = [
    "NOTHING",
    "TERMINAL",
    "UNFINISHED",
    "Batch",
    "DeliveryStatus",
    "ErasedJob",
    "IdempotencyKey",
    "Job",
    "Lane",
    "Mark",
    "ServiceState",
    "Share",
    "Status",
    "Tally",
    "Usage",
    "Webhook",
    "WebhookDelivery",
    "WorkerState",
    "first_id_at",
    "new_id",
]
