"""Prepares worker processes: a model is loaded in the child, never before the fork."""

import logging
import resource
from typing import Any

import psutil
from celery.apps import worker as celery_worker
from celery.signals import setup_logging, worker_process_init, worker_process_shutdown, worker_ready
from django.conf import settings
from django.db import OperationalError, connections
from django.utils.log import configure_logging

from project import logs, metrics, traces
from worker.execution import model_prepare, predictor_for
from worker.models import Lane
from worker.registry import services
from worker.tending import Tender
from worker.watchdog import Watchdog

logger = logging.getLogger(__name__)


@setup_logging.connect
def use_django_logging(**_: Any) -> None:
    """Log like the rest of the site; also what Celery says of its end, which it prints."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    celery_worker.safe_say = logs.say  # type: ignore[attr-defined]


@worker_ready.connect
def start_watchdog(sender: Any, **_: Any) -> None:
    """Watch over the worker, do what is no job, and serve what its processes count."""
    Watchdog(sender.hostname.removeprefix("celery@")).start()
    metrics.serve()
    if set(Lane.values) & set(sender.app.amqp.queues.consume_from):
        Tender().start()


@worker_process_init.connect
def prepare_process(**_: Any) -> None:
    """Load each service's default model, so that the first job is as quick as the next."""
    logs.reports_start()
    metrics.count_in_files("worker")
    traces.start("worker")
    if settings.PRELOAD_MODELS:
        models_load()
    limit_memory()


@worker_process_shutdown.connect
def end_process(**_: Any) -> None:
    """Send what is left to send: the process ends without Python's own end."""
    traces.stop()
    logs.reports_flush()


def models_load() -> None:
    """Load the default model of each service into this process.

    :raises worker.runtime.errors.ModelError: when one is missing, damaged or unusable.
    """
    try:
        models = [
            (service.slug, model) for service in services() if (model := service.default_model())
        ]
        for slug, model in models:
            model_prepare(slug, model)
    except OperationalError:
        logger.warning("the database is away: models load with the first job")
        return
    finally:
        connections.close_all()
    for slug, model in models:
        predictor_for(slug).load(model)


def limit_memory() -> None:
    """Turn a job that wants too much memory into a MemoryError, which ends that job alone."""
    limit = psutil.Process().memory_info().vms + settings.CHILD_MEMORY_HEADROOM
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
