"""What becomes of jobs, counted by whichever process it happens in. Names: ``docs/metrics.md``."""

from django.db import transaction
from prometheus_client import Counter, Histogram

from project.metrics import REGISTRY
from worker.models import Job

SUBMITTED = Counter(
    "vitrina_jobs_submitted",
    "Jobs that were accepted.",
    ["service", "lane"],
    registry=REGISTRY,
)
ENDED = Counter(
    "vitrina_jobs_ended",
    "Jobs that ended, by state; with a code if they failed.",
    ["service", "status", "code"],
    registry=REGISTRY,
)
BATCH_JOBS = Histogram(
    "vitrina_batch_jobs",
    "Pictures that were handed in together, in one request.",
    ["service"],
    buckets=(2, 5, 10, 20, 50, 100, 200, 500, 1000),
    registry=REGISTRY,
)
WAIT_SECONDS = Histogram(
    "vitrina_job_wait_seconds",
    "From a job's submission to the start of an attempt.",
    ["service", "lane"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
    registry=REGISTRY,
)
DECODE_SECONDS = Histogram(
    "vitrina_job_decode_seconds",
    "Decoding a job's picture.",
    ["service"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)
PREDICT_SECONDS = Histogram(
    "vitrina_job_predict_seconds",
    "Running a model on a job's picture.",
    ["service", "model"],
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30),
    registry=REGISTRY,
)
WEBHOOK_TRIES = Counter(
    "vitrina_webhook_tries",
    "Messages of webhooks that were sent, by whether they were taken.",
    ["outcome"],
    registry=REGISTRY,
)


def count_submitted(*, job: Job, jobs: int = 1) -> None:
    """Count jobs as submitted, once what was written is there to stay."""
    service, lane = job.service, job.lane
    transaction.on_commit(lambda: SUBMITTED.labels(service, lane).inc(jobs), robust=True)
    if jobs > 1:
        transaction.on_commit(lambda: BATCH_JOBS.labels(service).observe(jobs), robust=True)


def count_ended(*, job: Job, status: str, code: str) -> None:
    """Count a job as ended, once what was written is there to stay."""
    service = job.service
    transaction.on_commit(lambda: ENDED.labels(service, status, code).inc(), robust=True)
