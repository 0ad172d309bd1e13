"""``manage.py create_token EMAIL``: prints a new API token and nothing else."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Scope, User
from accounts.tokens import TooManyTokensError, token_create


class Command(BaseCommand):
    help = "Prints a new API token of a user and nothing else; it is never shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="whose token it is")
        parser.add_argument("--name", default="command line", help="to tell tokens apart")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it may be used for; may be given several times (default: everything)",
        )
        parser.add_argument("--days", type=int, help="after how many days it expires")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["email"])
        except User.DoesNotExist as error:
            raise CommandError(f"There is no account {options['email']!r}.") from error
        days = options["days"]
        try:
            _, secret = token_create(
                user=user,
                name=options["name"],
                scopes=options["scope"] or Scope.values,
                expires_at=timezone.now() + timedelta(days=days) if days else None,
            )
        except TooManyTokensError as error:
            raise CommandError(f"{user} has too many tokens; revoke some.") from error
        self.stdout.write(secret)
