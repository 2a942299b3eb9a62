"""Find the collections that a reader sees, remembered for seconds: each search asks."""

import threading

from cachetools import TTLCache
from django.contrib.auth.models import AnonymousUser, User

from catalog.models import Collection
from catalog.models.reader import Grant, SignedReader, identity
from catalog.querying.finding import Sight
from catalog.services.collections.versions import catalog_version

# Changes are seen at once through the catalog's version; this bounds what else decides, as who is in a group.
SECONDS = 5
# Ids that are remembered of one reader. Of a catalog with more collections the database is asked each time.
MOST_COLLECTIONS = 5_000

_seen: TTLCache[tuple[tuple[int | Grant | None, bool], str], Sight] = TTLCache(1_000, SECONDS)
_lock = threading.Lock()


def find_sight(user: User | AnonymousUser) -> Sight | None:
    """Return what the user sees; None where it isn't remembered: while Redis is away, or of too many collections."""
    version = catalog_version()
    if not version or (isinstance(user, SignedReader) and user.grant.item_id):
        return None
    reader = (identity(user), bool(user.is_superuser))
    with _lock:
        found = _seen.get((reader, version))
    if found is None:
        ids = Collection.objects.visible_to(user).order_by().values_list("pk", flat=True)[: MOST_COLLECTIONS + 1]
        found = Sight(frozenset(ids), reader=reader, version=version)
        with _lock:
            _seen[reader, version] = found
    return found if len(found.collections) <= MOST_COLLECTIONS else None
