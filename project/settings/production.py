"""A site on the network: everything that matters must be configured, TLS in front."""

from django.core.exceptions import ImproperlyConfigured

from project import environment
from project.settings.base import *

for _name in ("SECRET_KEY", "ALLOWED_HOSTS", "REDIS_URL", "EMAIL_URL"):
    if not getattr(environment, _name):
        raise ImproperlyConfigured(f"Set {_name} (or {_name}_FILE).")

MAINTENANCE_SHARED = True

# Collected under the names that pages load them by, and under no other.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
if environment.TRUSTED_PROXIES:
    # The proxy in front overwrites this header on every request.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
LANGUAGE_COOKIE_SECURE = True
if environment.STAFF_SECOND_FACTOR is None:
    STAFF_SECOND_FACTOR = True
