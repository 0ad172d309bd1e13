"""The same with every time limit shortened, so that a lost job is back within seconds."""

# ruff: noqa: F403, F405 - settings are read with a star, as in project/settings
from datetime import timedelta

from tests.chaos.settings import *

JOB_SOFT_TIME_LIMIT = timedelta(seconds=4)
JOB_HARD_TIME_LIMIT = timedelta(seconds=6)
JOB_LEASE = timedelta(seconds=9)
JOB_FINISH_RETRIES = (1, 1, 1, 1, 1)
RING_AGAIN_AFTER = (4, 6, 8, 12)
SWEEP_INTERVAL = timedelta(seconds=1)
CANARY_INTERVAL = timedelta(seconds=3)
IDLE_PATIENCE = timedelta(seconds=10)
CANARY_PATIENCE = timedelta(seconds=30)
VISIBILITY_TIMEOUT = 15
QUEUE_MAX_UNFINISHED_JOBS = 500
STOP_GRACE = JOB_HARD_TIME_LIMIT + timedelta(seconds=5)

CELERY_TASK_SOFT_TIME_LIMIT = JOB_SOFT_TIME_LIMIT.total_seconds()
CELERY_TASK_TIME_LIMIT = JOB_HARD_TIME_LIMIT.total_seconds()
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_TRANSPORT_OPTIONS | {
    "visibility_timeout": VISIBILITY_TIMEOUT,
    "unacked_restore_interval": 1,
    "health_check_interval": 3,
}
