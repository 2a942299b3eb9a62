"""The demo's user and its token."""

import secrets

from django.contrib.auth.models import User

from catalog.services.access.tokens import create_token, find_token
from geodata.demo.record import DemoRecord

USERNAME = "demo"


def ensure_account(record: DemoRecord) -> str | None:
    """Make the demo's user and token when they aren't there, and write the token down.

    Return a new user's password, or None when there was one already: it is known nowhere else.
    """
    password = None
    user = User.objects.filter(username=USERNAME).first()
    if user is None:
        password = secrets.token_urlsafe(9)
        user = User.objects.create_superuser(USERNAME, password=password)
    if not (record.token and find_token(secret=record.token)):
        _, record.token = create_token(user=user, name="demo")
        record.write()
    return password
