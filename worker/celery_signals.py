"""Prepares each worker process: a model is loaded in the child, never before the fork."""

import logging
from typing import Any

from celery.signals import setup_logging, worker_process_init
from django.conf import settings
from django.db import OperationalError, connections
from django.utils.log import configure_logging

from worker.execution import predictor_for
from worker.registry import services

logger = logging.getLogger(__name__)


@setup_logging.connect
def use_django_logging(**_: Any) -> None:
    """Log like the rest of the site."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


@worker_process_init.connect
def load_models(**_: Any) -> None:
    """Load each service's default model, so that the first job is as quick as the next."""
    for service in services():
        try:
            model = service.default_model()
        except OperationalError:
            logger.warning("the database is away: models load with the first job")
            break
        if model:
            predictor_for(service.slug).load(model)
    connections.close_all()
