"""Make and find tokens: secrets that let a program act as its user, within a scope and for a time."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.errors import InvalidInput
from catalog.models import ApiToken
from catalog.services.audit import Action, record

SECRET_PREFIX = "gd_"  # noqa: S105  So that secret scanners and people recognise one.
# A token's last use is noted this often at most: reading must not write at each request.
LAST_USED_GRAIN = timedelta(minutes=5)
# From the least to the most that a token may be good for; each scope holds those before it.
SCOPES = tuple(scope.value for scope in ApiToken.Scope)


class Expiry(Enum):
    """When a token ends, where its maker names no time."""

    # After `settings.TOKEN_DAYS` days.
    DEFAULT = "default"


def create_token(
    *,
    user: User,
    name: str,
    expires: datetime | Expiry | None = Expiry.DEFAULT,
    scope: str = ApiToken.Scope.ADMIN,
) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which can't be read again later.

    ``expires``: a moment in the future; None: never; left out: after `settings.TOKEN_DAYS` days.
    Raises InvalidInput for a moment that has passed and for an unknown scope.
    """
    now = timezone.now()
    if isinstance(expires, Expiry):
        expires = now + timedelta(days=settings.TOKEN_DAYS)
    if expires and expires <= now:
        raise InvalidInput("expires: a token expires in the future.")
    if scope not in SCOPES:
        raise InvalidInput(f"scope: one of {', '.join(SCOPES)}, not {scope!r}.")
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            digest=_digest(secret),
            prefix=secret[: len(SECRET_PREFIX) + 6],
            expires=expires,
            scope=scope,
        )
        _record(Action.TOKEN_MADE, token)
    return token, secret


def revoke_token(token: ApiToken) -> None:
    """Delete a token: its secret signs nobody in any more."""
    with transaction.atomic():
        _record(Action.TOKEN_REVOKED, token)
        token.delete()


def _record(action: Action, token: ApiToken) -> None:
    until = token.expires.isoformat() if token.expires else "for ever"
    record(action, target=token, of=token.user.get_username(), scope=token.scope, until=until)


def find_token(*, secret: str) -> ApiToken | None:
    """Return the token of this secret, unless it expired or its user was deactivated."""
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user")
        .filter(Q(expires__isnull=True) | Q(expires__gt=now), digest=_digest(secret), user__is_active=True)
        .first()
    )
    if token and (token.last_used is None or token.last_used < now - LAST_USED_GRAIN):
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)
    return token


def allows(token: ApiToken, scope: str) -> bool:
    """Tell whether a token is good for what takes ``scope``."""
    return SCOPES.index(token.scope) >= SCOPES.index(scope)


def _digest(secret: str) -> str:
    # No salt and no stretching: the secret has 256 random bits, and every request looks it up.
    return hashlib.sha256(secret.encode()).hexdigest()
