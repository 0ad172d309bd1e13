"""What the database knows of the queue, for Prometheus: read whenever it is asked for.

Each read is bounded however many jobs there are: by the limit on unfinished ones, and by partial
indexes that hold nothing else. The answers are the same wherever they are asked.
"""

from collections.abc import Iterator
from itertools import product

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from worker.console import SWEEPER
from worker.models import (
    DeliveryStatus,
    Job,
    Lane,
    ServiceState,
    Status,
    WebhookDelivery,
    WorkerState,
)
from worker.registry import services


def collect() -> Iterator[Metric]:
    """Yield all gauges; without the database only that it is away."""
    try:
        found = [*_queue(), *_services(), *_signs_of_life(), _deliveries()]
    except DatabaseError:
        found = []
    text = "Whether the database answers."
    yield GaugeMetricFamily("vitrina_database_up", text, value=int(bool(found)))
    yield from found


def _queue() -> Iterator[Metric]:
    labels = ["service", "lane"]
    waiting = GaugeMetricFamily("vitrina_jobs_waiting", "Jobs that wait.", labels=labels)
    running = GaugeMetricFamily("vitrina_jobs_running", "Jobs that run.", labels=labels)
    oldest = GaugeMetricFamily(
        "vitrina_oldest_waiting_job_seconds",
        "Age of the job that has waited longest; 0 when none waits.",
        labels=labels,
    )
    now = timezone.now()
    rows = Job.objects.filter(finished_at=None).order_by().values("service", "lane", "status")
    found = {
        (row["service"], row["lane"], row["status"]): (row["jobs"], row["first"])
        for row in rows.annotate(jobs=Count("id"), first=Min("created_at"))
    }
    for line in product([service.slug for service in services()], Lane.values):
        depth, first = found.get((*line, Status.QUEUED), (0, now))
        waiting.add_metric(line, depth)
        oldest.add_metric(line, max(0.0, (now - first).total_seconds()))
        running.add_metric(line, found.get((*line, Status.RUNNING), (0, now))[0])
    yield from (waiting, oldest, running)
    text = "Running jobs whose worker has gone; the sweeper returns them."
    leases = Job.objects.filter(status=Status.RUNNING, lease_expires_at__lt=now)
    yield GaugeMetricFamily("vitrina_leases_expired", text, value=leases.count())


def _services() -> Iterator[Metric]:
    states = ServiceState.objects.in_bulk()
    for name, text in (
        ("paused", "Whether an operator has a service start no jobs."),
        ("draining", "Whether an operator has a service accept no jobs."),
    ):
        metric = GaugeMetricFamily(f"vitrina_service_{name}", text, labels=["service"])
        for service in services():
            metric.add_metric([service.slug], int(getattr(states.get(service.slug), name, False)))
        yield metric


def _signs_of_life() -> Iterator[Metric]:
    now = timezone.now()
    states = list(WorkerState.objects.order_by("name"))
    workers = [state for state in states if not state.name.startswith(SWEEPER)]
    sweepers = [state for state in states if state.name.startswith(SWEEPER)]

    alive = [state for state in workers if now - state.seen_at < settings.CANARY_PATIENCE]
    text = "Workers that have run a message lately."
    yield GaugeMetricFamily("vitrina_workers_alive", text, value=len(alive))
    text = "Resident memory of a worker's processes, shared pages counted in each."
    memory = GaugeMetricFamily("vitrina_worker_memory_bytes", text, labels=["worker"])
    text = "A worker with its version and the default models that it runs."
    info = GaugeMetricFamily("vitrina_worker_info", text, labels=["worker", "version", "models"])
    for state in alive:
        memory.add_metric([state.name], state.memory_bytes)
        info.add_metric([state.name, state.version, state.model_names], 1)
    yield from (memory, info)

    text = "Since the last sweep of any sweeper; absent when none has swept for a day."
    lag = GaugeMetricFamily("vitrina_sweeper_lag_seconds", text, labels=[])
    for last in [max(state.seen_at for state in sweepers)] if sweepers else []:
        lag.add_metric([], max(0.0, (now - last).total_seconds()))
    yield lag


def _deliveries() -> Metric:
    due = WebhookDelivery.objects.filter(
        status=DeliveryStatus.PENDING, next_attempt_at__lte=timezone.now()
    )
    text = "Messages of webhooks that are due, 10,000 at most."
    return GaugeMetricFamily("vitrina_webhooks_due", text, value=due.order_by()[:10_000].count())
