"""The test suite: SQLite and an embedded Valkey unless ``TEST_…_URL`` names others."""

import atexit
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from project import environment
from project.settings.base import *

# Processes that a test starts are told to share its directory.
SCRATCH = environment.TEST_DIR or Path(tempfile.mkdtemp(prefix="vitrina-test-"))
if environment.TEST_DIR is None:
    atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = {"default": with_sqlite_options(environment.TEST_DATABASE)}
DATABASES["default"]["CONN_MAX_AGE"] = 0
if not environment.TEST_DATABASE_URL:
    # A file, so that real worker processes see the same database as the test.
    DATABASES["default"]["TEST"] = {"NAME": str(SCRATCH / "test.sqlite3")}

# Where nothing listens: no test reaches a broker by accident. A fixture connects those that
# want one, and tells it to the processes that they start.
CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
REDIS_REST = timedelta()
ALLOWANCES_KEPT_SECONDS = MODELS_KEPT_SECONDS = 0
CELERY_BROKER_USE_SSL = environment.TEST_BROKER.use_ssl
if environment.TEST_DIR:
    CELERY_BROKER_URL = environment.TEST_BROKER.url

INSTALLED_APPS += ["tests.null"]

# A test runs this provider on a port of its own, and puts the address in.
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "work",
                "name": "Work",
                "client_id": "vitrina",
                "secret": "only-for-tests",
                "settings": {"server_url": "http://localhost:1"},
            }
        ]
    }
}

# Workers of tests run the null service; the real models have tests of their own.
PRELOAD_MODELS = environment.TEST_WITH_MODELS

# Lets a test wait a tenth of the time for a lease to run out, without mocking any clock.
_SCALE = environment.TEST_TIME_SCALE
JOB_SOFT_TIME_LIMIT *= _SCALE
JOB_HARD_TIME_LIMIT *= _SCALE
JOB_LEASE *= _SCALE
SWEEP_INTERVAL *= _SCALE
TEND_INTERVAL *= _SCALE
CANARY_INTERVAL *= _SCALE
CANARY_PATIENCE *= _SCALE
IDLE_PATIENCE *= _SCALE
RING_AGAIN_AFTER = tuple(seconds * _SCALE for seconds in RING_AGAIN_AFTER)
CELERY_TASK_SOFT_TIME_LIMIT = JOB_SOFT_TIME_LIMIT.total_seconds()
CELERY_TASK_TIME_LIMIT = JOB_HARD_TIME_LIMIT.total_seconds()
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **REDIS_TRANSPORT_OPTIONS,
    "visibility_timeout": VISIBILITY_TIMEOUT * _SCALE,
    "unacked_restore_interval": 10 * _SCALE,
    **environment.TEST_BROKER.transport_options,
}

if not environment.S3_BUCKET:
    STORAGES["default"]["OPTIONS"]["location"] = SCRATCH / "media"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
