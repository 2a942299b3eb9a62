"""Count a version for each collection, in Redis, that every change moves on and that what is remembered is tied to."""

import hashlib
import logging
import uuid
from collections.abc import Iterable

from django.core.cache import cache
from django.db import connection, transaction

logger = logging.getLogger(__name__)

# The collection's id in hex: ids may hold spaces, cache keys may not.
KEY = "collection-version:{}"
# Of all collections together; no collection's key is this one.
CATALOG_KEY = "collection-version"


def mark_changed(collection_id: str) -> None:
    """Make every process forget what it remembers of this collection, as soon as the change is committed."""
    transaction.on_commit(lambda: _set(collection_id), robust=True)


def collection_version(collection_id: str) -> str:
    """Return the collection's present number; an empty one when Redis is away, which leaves the seconds of the TTL."""
    try:
        return str(cache.get(KEY.format(collection_id.encode().hex()), ""))
    except Exception:  # noqa: BLE001  Any failure of the cache, whichever the backend's, must not stop a reader.
        return ""


def collections_version(collection_ids: Iterable[str]) -> str:
    """Return one text that changes with any of these collections, in one question to the cache."""
    keys = [KEY.format(collection_id.encode().hex()) for collection_id in collection_ids]
    try:
        found = cache.get_many(keys)
    except Exception:  # noqa: BLE001  As above.
        return ""
    return hashlib.sha256(repr([found.get(key, "") for key in keys]).encode()).hexdigest()[:24]


def collections_known_version(collection_ids: Iterable[str]) -> str:
    """Return one text that changes with any of these collections; an empty one where nothing may be remembered.

    Unlike `collections_version` it gives those a number that have none, so that what was forgotten never comes again.
    """
    if connection.in_atomic_block:
        return ""
    keys = [KEY.format(collection_id.encode().hex()) for collection_id in collection_ids]
    try:
        found = cache.get_many(keys)
        versions = [found.get(key) or cache.get_or_set(key, _new_version, timeout=None) for key in keys]
    except Exception:  # noqa: BLE001  As above.
        return ""
    return hashlib.sha256(repr(versions).encode()).hexdigest()[:24]


def catalog_version() -> str:
    """Return one text that changes with any collection; an empty one where nothing may be remembered.

    That is while Redis is away, and within a transaction, whose changes are marked at its end.
    """
    if connection.in_atomic_block:
        return ""
    try:
        return str(cache.get(CATALOG_KEY) or cache.get_or_set(CATALOG_KEY, _new_version, timeout=None))
    except Exception:  # noqa: BLE001  As above.
        return ""


def _new_version() -> str:
    return uuid.uuid4().hex[:12]


def _set(collection_id: str) -> None:
    version = _new_version()
    cache.set_many({KEY.format(collection_id.encode().hex()): version, CATALOG_KEY: version}, timeout=None)
