"""Sign URLs, so that a private layer opens in clients that send no headers: for a time, and for what was signed."""

import hmac
import json
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime
from uuid import uuid4

from cachetools import TTLCache
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import salted_hmac

from catalog.errors import InvalidInput, NotAllowed
from catalog.models import Collection
from catalog.models.reader import Grant
from catalog.services.access.permissions import get_owned_collection, get_visible_collection
from catalog.services.audit import Action, record
from catalog.services.collections.versions import collection_version, mark_changed
from catalog.services.items.writing import get_visible_item
from catalog.services.searches.registering import find_search

SALT = "catalog.services.access.signatures"
# Characters of the longest signature that is looked at: two ids of 256 characters, escaped.
MAX_CHARACTERS = 4096
# Seconds that what a signer may see is remembered while Redis is away; else until the collection changes.
SECONDS = 5

_granted: TTLCache[tuple[str, str, str], Grant] = TTLCache(10_000, SECONDS)
_lock = threading.Lock()


def sign(*, user: User, collection_id: str, item_id: str = "", search_id: str = "", seconds: int) -> tuple[int, str]:
    """Sign for a collection, one item of it, or the collection within a search's mosaic.

    Returns when it ends, in seconds since 1970, and the signature: both go into the query of a URL as `expires` and
    `signature`. Raises InvalidInput, and NotFound for what the user may not see.
    """
    if not 0 < seconds <= settings.SIGNATURE_MAX_SECONDS:
        raise InvalidInput(f"expires: a number of seconds from 1 to {settings.SIGNATURE_MAX_SECONDS}.")
    if item_id and search_id:
        raise InvalidInput("search: sign for an item or for a search, not for both.")
    collection = get_visible_collection(user=user, collection_id=collection_id)
    if item_id:
        get_visible_item(user=user, collection_id=collection_id, item_id=item_id)
    if search_id:
        find_search(search_id)
    expires = int(time.time()) + seconds
    until = datetime.fromtimestamp(expires, tz=UTC).isoformat()
    record(
        Action.SIGNATURE_MADE,
        target=item_id or search_id or collection_id,
        collection_id=collection_id,
        user=user,
        until=until,
        search=search_id,
    )
    content = [collection_id, item_id, search_id, user.pk]
    payload = urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")
    return expires, f"{payload}.{_digest(payload, expires, collection.signature_key)}"


def find_grant(*, expires: str, signature: str) -> Grant:
    """Return what a signature grants. Raises NotAllowed: forged, ended, revoked, or its signer no longer sees it."""
    grant = _read(signature)
    if not (expires.isascii() and expires.isdecimal() and len(expires) < 20) or grant is None:
        raise _invalid()
    if int(expires) <= time.time():
        raise NotAllowed("The signature of this URL has expired.", code="signature_expired")
    key = (expires, signature, collection_version(grant.collection_id))
    with _lock:
        known = _granted.get(key)
    if known is None:
        _check(grant, expires=expires, signature=signature)
        with _lock:
            _granted[key] = grant
    return grant


def revoke_signatures(*, user: User, collection_id: str) -> None:
    """Make every URL of the collection that was signed before worthless. Raises NotAllowed but for its owners."""
    get_owned_collection(user=user, collection_id=collection_id)
    with transaction.atomic():
        Collection.objects.filter(pk=collection_id).update(signature_key=uuid4().hex)
        record(Action.SIGNATURES_REVOKED, target=collection_id, collection_id=collection_id, user=user)
        mark_changed(collection_id)


def _check(grant: Grant, *, expires: str, signature: str) -> None:
    collection = Collection.objects.filter(pk=grant.collection_id).first()
    payload, _, digest = signature.partition(".")
    if collection is None or not hmac.compare_digest(
        digest.encode(), _digest(payload, int(expires), collection.signature_key).encode()
    ):
        raise _invalid()
    signer = User.objects.filter(pk=grant.signer_id, is_active=True).first()
    if signer is None or not Collection.objects.visible_to(signer).filter(pk=collection.pk).exists():
        raise NotAllowed("Who signed this URL no longer sees what it shows.", code="signature_revoked")


def _read(signature: str) -> Grant | None:
    """Return what a signature says it grants, of which nothing has been checked yet."""
    payload, dot, _ = signature.partition(".")
    if not dot or len(signature) > MAX_CHARACTERS:
        return None
    try:
        collection_id, item_id, search_id, signer_id = json.loads(
            urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        )
    except (ValueError, TypeError, NotBase64, RecursionError):
        return None
    texts = (collection_id, item_id, search_id)
    if not all(isinstance(text, str) and "\0" not in text for text in texts) or not isinstance(signer_id, int):
        return None
    return Grant(collection_id, item_id, search_id, signer_id)


def _digest(payload: str, expires: int, key: str) -> str:
    return salted_hmac(SALT, f"{payload}.{expires}.{key}", algorithm="sha256").hexdigest()


def _invalid() -> NotAllowed:
    return NotAllowed("The signature of this URL is not one of this site, or was revoked.", code="invalid_signature")
