"""Store and find prepared tiles of searches at low zooms, and note who is at work on them."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from catalog.models import OverviewTile, Search

# How long a worker may be at one search, before another takes over where it was: tiles that are done stay done.
LEASE = timedelta(minutes=30)
# When tiles are tried again of which some images could not be read.
RETRY = timedelta(minutes=10)
Zxy = tuple[int, int, int]


def audience_key(collection_ids: Iterable[str]) -> str:
    """Return one text for all who see the items of the same collections."""
    return signature_of(sorted(collection_ids))


def signature_of(value: object) -> str:
    return hashlib.blake2b(repr(value).encode(), digest_size=16).hexdigest()


def claim_refresh(search: Search) -> bool:
    """Take the search, unless another worker has it."""
    free = Q(lease_expires__isnull=True) | Q(lease_expires__lt=timezone.now())
    expires = timezone.now() + LEASE
    return bool(Search.objects.filter(free, pk=search.pk, overviews=True).update(lease_expires=expires))


def finish_refresh(search: Search, *, audience: str, stamp: str, is_whole: bool) -> None:
    """Have readers use this audience's tiles and delete others'; those that aren't whole are made again later."""
    Search.objects.filter(pk=search.pk).update(
        prepared=audience,
        stamp=stamp if is_whole else "",
        lease_expires=None if is_whole else timezone.now() + RETRY,
    )
    _drop(search.overview_tiles.exclude(audience=audience))


def release_refresh(search: Search) -> None:
    """Give the search back, to be tried again later."""
    Search.objects.filter(pk=search.pk).update(lease_expires=timezone.now() + RETRY)


def find_overview(search: Search, *, audience: str, zxy: Zxy) -> OverviewTile | None:
    z, x, y = zxy
    return OverviewTile.objects.filter(search=search, audience=audience, z=z, x=x, y=y).first()


def read_overview(tile: OverviewTile) -> bytes | None:
    """Return its PNG; None when a refresh has just replaced it."""
    return _read(tile.blob_name)


def read_overview_items(tile: OverviewTile) -> bytes | None:
    """Return the packed names of the items it is made of; None when a refresh has just replaced it."""
    return _read(tile.items_name)


def _read(name: str) -> bytes | None:
    try:
        with default_storage.open(name) as stream:
            content: bytes = stream.read()
    except FileNotFoundError:
        return None
    return content


def store_overview(search: Search, *, audience: str, zxy: Zxy, signature: str, content: bytes, items: bytes) -> None:
    """Replace one tile: its new blobs are there before any reader is told of it. ``items``: packed names."""
    z, x, y = zxy
    key: dict[str, Any] = {"search": search, "audience": audience, "z": z, "x": x, "y": y}
    before = OverviewTile.objects.filter(**key).first()
    after = OverviewTile(**key, signature=signature)
    for name, blob in ((after.blob_name, content), (after.items_name, items)):
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(blob))
    OverviewTile.objects.update_or_create(**key, defaults={"signature": signature})
    if before and before.signature != signature:
        _delete_blobs(before)


def keep_overviews(search: Search, *, audience: str, kept: set[Zxy]) -> None:
    """Remove the tiles where nothing is any more."""
    gone = [tile.pk for tile in search.overview_tiles.filter(audience=audience) if (tile.z, tile.x, tile.y) not in kept]
    _drop(OverviewTile.objects.filter(pk__in=gone))


def drop_overviews(search: Search) -> None:
    """Remove all of a search's tiles, whoever they are for."""
    _drop(search.overview_tiles.all())


def _drop(tiles: Iterable[OverviewTile]) -> None:
    for tile in list(tiles):
        tile.delete()
        _delete_blobs(tile)


def _delete_blobs(tile: OverviewTile) -> None:
    default_storage.delete(tile.blob_name)
    default_storage.delete(tile.items_name)
