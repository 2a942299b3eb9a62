"""Who may: finding what a user may see or change, and tokens."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.utils import timezone

from catalog.errors import InvalidInput, NotAllowed, NotFound
from catalog.models import ApiToken, Collection, Membership

SECRET_PREFIX = "gd_"  # noqa: S105  So that secret scanners and people recognise one.
# A token's last use is noted this often at most: reading must not write at each request.
LAST_USED_GRAIN = timedelta(minutes=5)


def get_visible_collection(*, user: User | AnonymousUser, collection_id: str) -> Collection:
    """Raise NotFound for what isn't there and for what the user may not see alike."""
    # PostgreSQL refuses to be asked for a NUL.
    known = "\0" not in collection_id and Collection.objects.visible_to(user).filter(pk=collection_id).first()
    if not known:
        raise NotFound(f"There is no collection {collection_id!r}.", code="collection_not_found")
    return known


def get_editable_collection(*, user: User | AnonymousUser, collection_id: str) -> Collection:
    collection = get_visible_collection(user=user, collection_id=collection_id)
    if not Collection.objects.editable_by(user).filter(pk=collection_id).exists():
        raise NotAllowed(f"You may not change the collection {collection_id!r}: ask one of its owners.")
    return collection


def get_owned_collection(*, user: User | AnonymousUser, collection_id: str) -> Collection:
    collection = get_visible_collection(user=user, collection_id=collection_id)
    owns = user.is_authenticated and (
        user.is_superuser or collection.memberships.filter(user=user, role=Membership.Role.OWNER).exists()
    )
    if not owns:
        raise NotAllowed(f"Only owners of the collection {collection_id!r} may do this.")
    return collection


def create_token(*, user: User, name: str, expires: datetime | None = None) -> tuple[ApiToken, str]:
    """Return the token and its secret, which can't be read again later."""
    if expires and expires <= timezone.now():
        raise InvalidInput("expires: a token expires in the future.")
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, digest=_digest(secret), prefix=secret[: len(SECRET_PREFIX) + 6], expires=expires
    )
    return token, secret


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


def _digest(secret: str) -> str:
    # No salt and no stretching: the secret has 256 random bits, and every request looks it up.
    return hashlib.sha256(secret.encode()).hexdigest()
