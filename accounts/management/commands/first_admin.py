"""``manage.py first_admin``: the account with which a new site is administered."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.administration import first_admin_create
from project import environment


class Command(BaseCommand):
    help = "Makes an administrator of ADMIN_EMAIL and ADMIN_PASSWORD, unless the site has one."

    def handle(self, *args: Any, **options: Any) -> None:
        if not environment.ADMIN_EMAIL:
            self.stdout.write("ADMIN_EMAIL is not set: no administrator is made.")
            return
        try:
            user = first_admin_create(
                email=environment.ADMIN_EMAIL, password=environment.ADMIN_PASSWORD
            )
        except ValidationError as error:
            raise CommandError(
                f"ADMIN_EMAIL, ADMIN_PASSWORD: {' '.join(error.messages)}"
            ) from error
        if user is None:
            self.stdout.write("There is an administrator already.")
        else:
            self.stdout.write(f"{user.email} administers this site.")
