"""The one module that reads the environment.

Each variable may also be given as ``NAME_FILE``, a path to a file that holds the
value (the way Docker and Kubernetes hand out secrets). A value that cannot be
understood, a misspelt boolean for instance, stops the start with its name.
``docs/configuration.md`` lists the variables; a test compares it with this file.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import EnvError, FileAwareEnv, ValidationError, validate

from project.broker import Broker, Trust, broker

BASE_DIR = Path(__file__).resolve().parent.parent

env = FileAwareEnv(strip_whitespace=True)


def _database(name: str, default: str) -> dict[str, Any]:
    """Return Django's ``DATABASES`` entry for the URL in the variable ``name``.

    Nothing that Django does then needs the same session of PostgreSQL for longer than a
    transaction: between the two may be a pooler that has fewer of them than we have connections.
    """
    database = dict(env.dj_db_url(name, default=default, conn_max_age=60, conn_health_checks=True))
    if database["ENGINE"].endswith("postgresql"):
        database["DISABLE_SERVER_SIDE_CURSORS"] = True
        if DATABASE_CA:
            asked = database.get("OPTIONS", {})
            trusted = {"sslmode": "verify-full", "sslrootcert": str(DATABASE_CA)}
            database["OPTIONS"] = trusted | asked
    return database


def _memory_mb() -> int:
    """Return what a worker process may have grown to: 500 MB more than it takes with its models.

    150 MB are LiteRT's share, 750 MB TensorFlow's, which a job's model may need at any time.
    """
    return 1_250 if find_spec("tensorflow") else 650


def _cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _log_format() -> str:
    """Return how a site logs that is not told: for programs, unless it is one's own machine."""
    settings = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    return "json" if settings.endswith(".production") else "text"


def _are_providers(value: object) -> None:
    """Check that other sites to sign in with are described as the docs say.

    :raises ValidationError: when they are not.
    """
    for one in value if isinstance(value, list) else [value]:
        known = one if isinstance(one, dict) else {}
        missing = {"provider", "client_id", "secret", "origin"} - known.keys()
        if missing:
            raise ValidationError(f"Each provider needs {', '.join(sorted(missing))}.")


def _is_a_folder(value: str) -> None:
    """Check that a path can have names put after it.

    :raises ValidationError: when it cannot.
    """
    if value and not (value.startswith("/") and value.endswith("/")):
        raise ValidationError("It begins and ends with a slash.")


def _file(name: str) -> Path | None:
    """Return where the file of a variable is that is only given as ``NAME_FILE``, if it is.

    For what libraries want to read themselves.

    :raises EnvError: when it is given otherwise, or cannot be read.
    """
    given = os.environ.get(f"{name}_FILE", "").strip()
    if os.environ.get(name):
        raise EnvError(f"{name} is read from a file: set {name}_FILE to its path.")
    if given and not os.access(given, os.R_OK):
        raise EnvError(f"{name}_FILE: {given} cannot be read.")
    return Path(given) if given else None


def _broker(name: str) -> Broker:
    """Return what Celery has to be told of the Redis whose address is in a variable.

    :raises ValidationError: when that cannot be understood.
    """

    def is_understood(url: str) -> None:
        try:
            broker(url)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    trust = Trust(
        check=REDIS_TLS_CHECK,
        ca=REDIS_CA,
        certificate=REDIS_CERTIFICATE,
        key=REDIS_KEY,
    )
    return broker(
        env.str(name, default="", validate=is_understood),
        trust=trust,
        primary=REDIS_SENTINEL_MASTER,
        password=REDIS_SENTINEL_PASSWORD,
    )


def _is_an_origin(value: str) -> None:
    """Check that an address is one of a server.

    :raises ValidationError: when it is not.
    """
    parts = urlsplit(value)
    if value and not (parts.scheme in {"http", "https"} and parts.hostname):
        raise ValidationError("It is like https://store.example:9000.")


def for_strangers(scratch: Path) -> dict[str, str]:
    """Return the environment of a process that handles what is not trusted: it has no secret."""
    passed_on = ("PATH", "LANG", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "HTTPS_PROXY")
    found = {name: os.environ[name] for name in passed_on if name in os.environ}
    places = dict.fromkeys(("HOME", "TMPDIR", "KERAS_HOME"), str(scratch))
    return found | places | {"PYTHONDONTWRITEBYTECODE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def _traces_url() -> str:
    """Return where traces are sent, as OpenTelemetry has it; empty for nowhere."""
    if OTEL_SDK_DISABLED:
        return ""
    endpoint = OTEL_EXPORTER_OTLP_ENDPOINT.removesuffix("/")
    return OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or (f"{endpoint}/v1/traces" if endpoint else "")


_positive = validate.Range(min=1)

DATA_DIR: Path = (BASE_DIR / env.path("DATA_DIR", default=Path("var"))).resolve()
DEBUG: bool = env.bool("DEBUG", default=False)
SECRET_KEY: str = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
PORT: int = env.int("PORT", default=8000, validate=validate.Range(min=1, max=65535))
WEB_PROCESSES: int = env.int("WEB_PROCESSES", default=_cores(), validate=_positive)
WORKER_PROCESSES: int = env.int("WORKER_PROCESSES", default=_cores(), validate=_positive)
WORKER_MEMORY_MB: int = env.int("WORKER_MEMORY_MB", default=_memory_mb(), validate=_positive)
DATABASE_CA: Path | None = _file("DATABASE_CA")
DATABASE = _database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'vitrina.sqlite3'}")
REDIS_TLS_CHECK: str = env.str(
    "REDIS_TLS_CHECK", default="full", validate=validate.OneOf(["full", "ca", "none"])
)
REDIS_CA: Path | None = _file("REDIS_CA")
REDIS_CERTIFICATE: Path | None = _file("REDIS_CERTIFICATE")
REDIS_KEY: Path | None = _file("REDIS_KEY")
REDIS_SENTINEL_MASTER: str = env.str("REDIS_SENTINEL_MASTER", default="mymaster")
REDIS_SENTINEL_PASSWORD: str = env.str("REDIS_SENTINEL_PASSWORD", default="")
REDIS_URL: str = env.str("REDIS_URL", default="")
BROKER: Broker = _broker("REDIS_URL")
EMAIL_URL: str = env.str("EMAIL_URL", default="")
EMAIL: dict[str, Any] = dict(env.dj_email_url("EMAIL_URL", default="console:"))
EMAIL_FROM: str = env.str("EMAIL_FROM", default="Vitrina <vitrina@localhost>")
LANGUAGES: list[str] = env.list("LANGUAGES", default=["en", "es"])
SIGN_UP: str = env.str(
    "SIGN_UP",
    default="open",
    validate=validate.OneOf(["open", "invitation", "domain", "approval", "closed"]),
)
SIGN_UP_DOMAINS: list[str] = env.list("SIGN_UP_DOMAINS", default=[])
SIGN_IN_PROVIDERS: Any = env.json("SIGN_IN_PROVIDERS", default=[], validate=_are_providers)
TERMS_URL: str = env.str("TERMS_URL", default="")
PICTURES_KEPT_DAYS: int = env.int("PICTURES_KEPT_DAYS", default=0, validate=validate.Range(min=0))
ERASURE_GRACE_DAYS: int = env.int("ERASURE_GRACE_DAYS", default=14, validate=validate.Range(min=0))
STAFF_SECOND_FACTOR: bool | None = env.bool("STAFF_SECOND_FACTOR", default=None)
LOG_FORMAT: str = env.str(
    "LOG_FORMAT", default=_log_format(), validate=validate.OneOf(["text", "json"])
)
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
METRICS_PORT: int = env.int("METRICS_PORT", default=0, validate=validate.Range(min=0, max=65535))
METRICS_DIR: Path = (BASE_DIR / env.path("METRICS_DIR", default=DATA_DIR / "metrics")).resolve()
OTEL_SERVICE_NAME: str = env.str("OTEL_SERVICE_NAME", default="vitrina")
OTEL_EXPORTER_OTLP_ENDPOINT: str = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: str = env.str("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", default="")
OTEL_EXPORTER_OTLP_HEADERS: str = env.str("OTEL_EXPORTER_OTLP_HEADERS", default="")
OTEL_SDK_DISABLED: bool = env.bool("OTEL_SDK_DISABLED", default=False)
TRACES_URL: str = _traces_url()
SENTRY_DSN: str = env.str("SENTRY_DSN", default="")
S3_BUCKET: str = env.str("S3_BUCKET", default="")
S3_ENDPOINT: str = env.str("S3_ENDPOINT", default="", validate=_is_an_origin)
S3_PUBLIC_ENDPOINT: str = env.str("S3_PUBLIC_ENDPOINT", default="", validate=_is_an_origin)
S3_REGION: str = env.str("S3_REGION", default="")
S3_ACCESS_KEY: str = env.str("S3_ACCESS_KEY", default="")
S3_SECRET_KEY: str = env.str("S3_SECRET_KEY", default="")
S3_DELIVERY: str = env.str(
    "S3_DELIVERY", default="proxied", validate=validate.OneOf(["proxied", "presigned"])
)
MEDIA_INTERNAL_PATH: str = env.str("MEDIA_INTERNAL_PATH", default="", validate=_is_a_folder)
ALIVE_FILE: Path | None = env.path("ALIVE_FILE", default=None)
BUILT_DIR: Path | None = env.path("BUILT_DIR", default=None)
ADMIN_EMAIL: str = env.str("ADMIN_EMAIL", default="")
ADMIN_PASSWORD: str = env.str("ADMIN_PASSWORD", default="")
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", default=0, validate=validate.Range(min=0))

# Read by the tests only: they run on SQLite and an embedded Valkey without them.
TEST_DATABASE_URL: str = env.str("TEST_DATABASE_URL", default="")
TEST_DATABASE = _database("TEST_DATABASE_URL", f"sqlite:///{DATA_DIR / 'test.sqlite3'}")
TEST_REDIS_URL: str = env.str("TEST_REDIS_URL", default="")
TEST_BROKER: Broker = _broker("TEST_REDIS_URL")
TEST_DIR: Path | None = env.path("TEST_DIR", default=None)
TEST_TIME_SCALE: float = env.float("TEST_TIME_SCALE", default=1.0)
TEST_WITH_MODELS: bool = env.bool("TEST_WITH_MODELS", default=False)
