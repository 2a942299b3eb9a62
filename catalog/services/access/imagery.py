"""Find where an asset's imagery lies and whether a user may see it, remembered for seconds: each tile asks."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cachetools import TTLCache
from django.contrib.auth.models import AnonymousUser, User

from catalog.errors import NotFound
from catalog.models import Collection, Item
from catalog.models.reader import Grant, SignedReader, identity
from catalog.services.collections.versions import collection_version
from catalog.services.items.assets import find_source
from tiles.sources.reference import SourceRef

# Changes are seen at once through the collection's version; this bounds what is remembered while Redis is away.
SECONDS = 5
ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class ShownAsset:
    """Hold one asset's source; a public one may be kept by shared HTTP caches."""

    source: SourceRef
    # As GeoJSON has it: west > east across the antimeridian.
    bbox: tuple[float, ...] | None
    is_public: bool
    # When the item's first and last moment are.
    start: datetime
    end: datetime


_assets: TTLCache[tuple[str, ...], ShownAsset] = TTLCache(ENTRIES, SECONDS)
_sight: TTLCache[tuple[int | Grant | None, str, str], bool] = TTLCache(ENTRIES, SECONDS)
_lock = threading.Lock()


def find_imagery(
    *, user: Callable[[], User | AnonymousUser], collection_id: str, item_id: str, asset_key: str = ""
) -> ShownAsset:
    """Return the imagery of an asset that the user may see, by default the item's first; raise NotFound for others.

    `user` is called only for collections that are not public, so that a public tile asks neither session nor database.
    """
    version = collection_version(collection_id)
    key = (collection_id, item_id, asset_key, version)
    with _lock:
        found = _assets.get(key)
    if found is None:
        found = _load(user, collection_id, item_id, asset_key)
        with _lock:
            _assets[key] = found
    if not found.is_public and not _sees(user(), collection_id, item_id, version):
        raise _absent(collection_id, item_id)
    return found


def _load(user: Callable[[], User | AnonymousUser], collection_id: str, item_id: str, asset_key: str) -> ShownAsset:
    if "\0" in collection_id + item_id:  # PostgreSQL refuses to be asked for one.
        raise _absent(collection_id, item_id)
    item = Item.objects.select_related("collection").filter(collection_id=collection_id, item_id=item_id).first()
    if item is None:
        raise _absent(collection_id, item_id)
    is_public = item.collection.visibility == Collection.Visibility.PUBLIC
    # Before any word about its assets.
    if not is_public and not Item.objects.visible_to(user()).filter(pk=item.pk).exists():
        raise _absent(collection_id, item_id)
    bbox = tuple(item.bbox) if item.bbox else None
    return ShownAsset(
        source=find_source(item, asset_key),
        bbox=bbox,
        is_public=is_public,
        start=item.start_datetime,
        end=item.end_datetime,
    )


def _sees(user: User | AnonymousUser, collection_id: str, item_id: str, version: str) -> bool:
    if isinstance(user, SignedReader) and user.grant.item_id:
        return (user.grant.collection_id, user.grant.item_id) == (collection_id, item_id)
    key = (identity(user), collection_id, version)
    with _lock:
        seen = _sight.get(key)
    if seen is None:
        seen = Collection.objects.visible_to(user).filter(pk=collection_id).exists()
        with _lock:
            _sight[key] = seen
    return seen


def _absent(collection_id: str, item_id: str) -> NotFound:
    return NotFound(f"There is no item {item_id!r} in a collection {collection_id!r}.", code="item_not_found")
