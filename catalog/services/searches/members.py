"""Find what a mosaic is made of: the collections that its reader sees, the items and their files."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import shapely
from cachetools import TTLCache
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from catalog.models import ChecksumFile, Collection, Item
from catalog.models.reader import identity
from catalog.services.collections.versions import collections_version
from catalog.services.items.assets import source_ref, visual_assets
from tiles.sources.reference import SourceRef
from tiles.sources.subdatasets import with_variable

# As for single images: changes are seen at once through the collections' versions, this bounds what is remembered
# while Redis is away, and how long a collection that is new takes to appear in searches that name none.
SECONDS = 5
ENTRIES = 10_000
COLUMNS = ("pk_id", "collection_id", "item_id", "geometry", "assets", "asset_files")


@dataclass(frozen=True, slots=True)
class Audience:
    """Hold the collections of a search that a user sees.

    ``collection_version``: changes with any of them. ``is_public``: anyone sees all of them, so all see the same.
    """

    collections: tuple[str, ...]
    collection_version: str
    is_public: bool


@dataclass(frozen=True, slots=True)
class MosaicItem:
    """Hold an item with the files of its assets that take part."""

    pk: int
    collection_id: str
    item_id: str
    sources: tuple[SourceRef, ...]
    # In degrees.
    footprint: shapely.Geometry


_sight: TTLCache[tuple[object, ...], tuple[tuple[str, ...], Audience]] = TTLCache(ENTRIES, SECONDS)
_lock = threading.Lock()


def find_audience(*, user: User | AnonymousUser, collection_ids: tuple[str, ...] | None) -> Audience:
    """Return what the user sees of these collections (None: of all)."""
    key = (identity(user), collection_ids)
    with _lock:
        known = _sight.get(key)
    if known and known[1].collection_version == collections_version(known[0]):
        return known[1]
    candidates = Collection.objects.all()
    if collection_ids is not None:
        candidates = candidates.filter(pk__in=collection_ids)
    visibility = dict(candidates.order_by("pk").values_list("pk", "visibility"))
    # Before asking who sees them: a change in between is then noticed.
    version = collections_version(visibility)
    seen = set(candidates.visible_to(user).values_list("pk", flat=True))
    audience = Audience(
        collections=tuple(pk for pk in visibility if pk in seen),
        collection_version=version,
        is_public=all(each == Collection.Visibility.PUBLIC for each in visibility.values()),
    )
    with _lock:
        _sight[key] = (tuple(visibility), audience)
    return audience


def read_items(items: QuerySet[Item], *, assets: tuple[str, ...], subdataset: str = "") -> list[MosaicItem]:
    """Return the items that have a place, in their order, by two queries; without sources those whose imagery is gone.

    ``assets``: keys, all of which an item must have; none: the one that it shows first. ``subdataset``: the variable of
    files that hold several; none: as ingest chose.
    """
    return mosaic_items(list(items.only(*COLUMNS)), assets=assets, subdataset=subdataset)


def mosaic_items(rows: list[Item], *, assets: tuple[str, ...], subdataset: str = "") -> list[MosaicItem]:
    """Return mosaic items of rows that were read already, with `COLUMNS` at least."""
    files = ChecksumFile.objects.in_bulk({pk for row in rows for pk in row.asset_files.values()})
    by_key = {str(pk): file for pk, file in files.items()}
    found = []
    for row in rows:
        sources = _sources(row, assets or visual_assets(row.assets, files=row.asset_files)[:1], by_key)
        if subdataset:
            sources = tuple(with_variable(ref, subdataset) for ref in sources)
        if row.geometry is not None:
            footprint = shapely.from_wkb(bytes(row.geometry.wkb))
            found.append(MosaicItem(row.pk, str(row.collection_id), row.item_id, sources, footprint))
    return found


def _sources(item: Item, keys: Iterable[str], files: dict[str, ChecksumFile]) -> tuple[SourceRef, ...]:
    """Return one source for each key, or none when one is missing: only what ingest admitted has one."""
    found = []
    for key in keys:
        file, asset = files.get(str(item.asset_files.get(key))), item.assets.get(key)
        if file is None or asset is None or file.collection_id != item.collection_id:
            return ()
        found.append(source_ref(file, asset))
    return tuple(found)
