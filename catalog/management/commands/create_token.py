"""`manage.py create_token USER`: a token for scripts, printed once."""

import argparse
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.errors import InvalidInput
from catalog.services.access.permissions import create_token


class Command(BaseCommand):
    help = "Make an API token for a user and print its secret, which can't be read again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--days", type=int, help="days until it expires; never by default")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']!r}. Make one: manage.py createsuperuser")
        expires = None if options["days"] is None else timezone.now() + timedelta(days=options["days"])
        try:
            _, secret = create_token(user=user, name=options["name"], expires=expires)
        except InvalidInput as error:
            raise CommandError(str(error)) from None
        self.stdout.write(secret)
