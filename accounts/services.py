"""Writes to accounts."""

import secrets
from pathlib import Path

from accounts.models import User

DEMO_EMAIL = "demo@example.com"
DEMO_ADMIN_EMAIL = "admin@example.com"
COMMAND_LINE_EMAIL = "command-line@localhost"


def demo_accounts_create(*, password_file: Path) -> str:
    """Make a user and an administrator to try the site with, unless they exist.

    :param password_file: where the password of both is kept, readable by its owner only.
    :returns: the password.
    """
    if not password_file.exists():
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(12))
    password = password_file.read_text().strip()
    if not User.objects.filter(email=DEMO_EMAIL).exists():
        User.objects.create_user(DEMO_EMAIL, password, name="Demo")
    if not User.objects.filter(email=DEMO_ADMIN_EMAIL).exists():
        User.objects.create_superuser(DEMO_ADMIN_EMAIL, password, name="Admin")
    return password


def command_line_user() -> User:
    """Return the account that owns what `manage.py classify` hands in; nobody can sign in to it."""
    user, created = User.objects.get_or_create(
        email=COMMAND_LINE_EMAIL,
        defaults={"name": "Command line", "is_active": False},
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
