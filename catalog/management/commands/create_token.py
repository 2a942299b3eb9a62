"""`manage.py create_token USER`: a token for scripts, printed once."""

import argparse
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.errors import InvalidInput
from catalog.services.access.tokens import SCOPES, Expiry, create_token


class Command(BaseCommand):
    help = "Make an API token for a user and print its secret, which can't be read again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument("--days", type=int, help=f"days until it expires; {settings.TOKEN_DAYS} by default")
        parser.add_argument("--never-expires", action="store_true", help="until it is revoked")
        parser.add_argument("--scope", choices=SCOPES, default="admin", help="what it is good for; admin by default")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']!r}. Make one: manage.py createsuperuser")
        expires: datetime | Expiry | None = Expiry.DEFAULT
        if options["never_expires"]:
            expires = None
        elif options["days"] is not None:
            expires = timezone.now() + timedelta(days=options["days"])
        try:
            _, secret = create_token(user=user, name=options["name"], expires=expires, scope=options["scope"])
        except InvalidInput as error:
            raise CommandError(str(error)) from None
        self.stdout.write(secret)
