"""One machine: SQLite and an embedded Valkey unless told otherwise, e-mail on the console."""

import hashlib
import secrets
import tempfile
from pathlib import Path

from project import environment
from project.settings.base import *


def _generated_secret_key() -> str:
    """Return the key kept in ``DATA_DIR``, made on first use: sessions outlive a restart."""
    path = DATA_DIR / "secret-key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def _embedded_valkey_socket() -> Path:
    """Return where the embedded Valkey listens; a socket's path has 107 bytes at most."""
    path = DATA_DIR / "valkey" / "valkey.sock"
    if len(bytes(path)) < 100:
        return path
    digest = hashlib.sha256(bytes(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"vitrina-{digest}" / "valkey.sock"


SECRET_KEY = SECRET_KEY or _generated_secret_key()
ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]

EMBEDDED_VALKEY_SOCKET = None if environment.REDIS_URL else _embedded_valkey_socket()
if EMBEDDED_VALKEY_SOCKET:
    CELERY_BROKER_URL = f"redis+socket://{EMBEDDED_VALKEY_SOCKET}"

# Served from where they are installed: nothing to collect first.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# Without a mail server nobody could read the message that confirms an address.
if not environment.EMAIL_URL:
    ACCOUNT_EMAIL_VERIFICATION = "optional"
