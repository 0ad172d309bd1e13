"""``manage.py erase_user EMAIL``: erases an account now, without days of grace."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.administration import is_last_administrator
from accounts.erasure import erasure_now
from accounts.models import User


class Command(BaseCommand):
    help = "Erases an account with everything that belongs to it: at once, and for good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose account it is")
        parser.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError("There is no account with this address.")
        if is_last_administrator(user):
            raise CommandError("Nobody would be left to administer the site.")
        if not options["no_input"]:
            typed = input("This cannot be undone. Type the address again: ")
            if typed.strip().lower() != user.email.lower():
                raise CommandError("That is another address; nothing is erased.")
        erasure_now(user=user)
        self.stdout.write("The account is erased.")
