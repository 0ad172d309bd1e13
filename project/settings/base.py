"""What holds everywhere; ``local``, ``production`` and ``test`` add what differs."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from bootstrap_wrapper import get_bootstrap_dir
from django.conf.locale import LANG_INFO
from django.utils.translation import gettext_lazy as _

from project import environment
from project.media import links_origin, media_storage
from project.settings.accounts import *
from project.settings.admin import *
from project.settings.api import *
from project.settings.logs import *
from project.settings.privacy import *
from project.settings.queue import *

# Lets Django's classes be written with their type parameters: ``ModelAdmin[Job]``.
django_stubs_ext.monkeypatch()

BASE_DIR = environment.BASE_DIR
DATA_DIR = environment.DATA_DIR
MODELS_DIR = DATA_DIR / "models"
BUILT_DIR = environment.BUILT_DIR
ALIVE_FILE = environment.ALIVE_FILE

SECRET_KEY = environment.SECRET_KEY
DEBUG = environment.DEBUG
ALLOWED_HOSTS = environment.ALLOWED_HOSTS

INSTALLED_APPS = [
    "modeltranslation",  # before the admin, as it patches it
    "unfold.apps.BasicAppConfig",  # its templates come before the admin's
    "project.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.forms",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    *SIGN_IN_APPS,
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "project.apps.ProjectConfig",
    "accounts",
    "worker",
    "classify",
]

MIDDLEWARE = [
    "project.api.tracing.TracingMiddleware",
    "project.middleware.MetricsMiddleware",
    "project.middleware.ProbesMiddleware",
    "project.api.middleware.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "project.middleware.MaintenanceMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionAgeMiddleware",
    "accounts.impersonation.ImpersonationMiddleware",
    "accounts.middleware.AccountLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.StaffMiddleware",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database ---------------------------------------------------------------
SQLITE_OPTIONS = {
    # A transaction that reads and then writes fails at once under SQLite, whatever
    # the timeout, unless it takes the write lock when it begins.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def with_sqlite_options(database: dict[str, Any]) -> dict[str, Any]:
    """Add to a ``DATABASES`` entry what several processes on one SQLite file need."""
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["OPTIONS"] = SQLITE_OPTIONS
    return database


DATABASES: dict[str, dict[str, Any]] = {"default": with_sqlite_options(environment.DATABASE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

EMBEDDED_VALKEY_SOCKET: Path | None = None
"""Where `manage.py run` starts a Valkey of its own; on one machine only."""

# Shared by all processes and alive without Redis: limits on sign-in count here. A full cache
# forgets counts, so it is larger than the attempts of a crowd of addresses within a limit's time.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

MAINTENANCE_SHARED = False
"""Whether maintenance is noted where all hosts see it, or in a file of this one."""

# --- E-mail -----------------------------------------------------------------
globals().update(
    {name: value for name, value in environment.EMAIL.items() if name.startswith("EMAIL_")},
)
# Who waits for it is a request: a server that is silent must not take the web's threads with it.
EMAIL_TIMEOUT = environment.EMAIL.get("EMAIL_TIMEOUT") or 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.EMAIL_FROM

# --- Languages --------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [(code, _(LANG_INFO[code]["name"])) for code in environment.LANGUAGES]
LOCALE_PATHS = [BASE_DIR / "locale"]
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_FALLBACK_LANGUAGES = ("en",)
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True

# --- Metrics ----------------------------------------------------------------
METRICS_TOKEN = environment.METRICS_TOKEN

# --- Files ------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "project" / "static", ("bootstrap", get_bootstrap_dir())]
STORAGES: dict[str, dict[str, Any]] = {
    # Private: nothing under it is served but through a view that checks the owner.
    "default": media_storage(DATA_DIR / "media"),
    "staticfiles": {
        "BACKEND": "project.storage.StaticFilesStorage",
        "OPTIONS": {"file_permissions_mode": 0o644},  # not that of uploads
    },
}

# Who hands private files to browsers: the proxy, the bucket by links, or we.
MEDIA_INTERNAL_PATH = "" if environment.S3_BUCKET else environment.MEDIA_INTERNAL_PATH
MEDIA_LINKS = bool(environment.S3_BUCKET) and environment.S3_DELIVERY == "presigned"

FILE_UPLOAD_HANDLERS = ["project.uploads.LimitedUploadHandler"]

# --- Security ---------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *links_origin()],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'", *(one["origin"] for one in SIGN_IN_PROVIDERS)],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
