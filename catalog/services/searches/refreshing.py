"""Prepare a mosaic's tiles at low zooms, where each would be made of thousands of images.

Tiles of the base zoom are rendered of all their images, in the registered style, as anyone sees them who isn't signed
in; each of the zooms below it is four of its children at half their size. A tile is made anew only when its signature
says that its items changed. With each is stored which items it is made of.
"""

import io
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, Sum
from PIL import Image

from catalog.errors import Conflict
from catalog.models import Item, Search
from catalog.querying.sorting import ordering
from catalog.services.searches import overviews as store
from catalog.services.searches.bodies import rendering_query
from catalog.services.searches.members import MosaicItem, read_items
from catalog.services.searches.mosaic import SearchMosaic, mosaic_of
from catalog.services.searches.overview_items import ItemName, join_names, pack_names
from catalog.services.searches.registering import find_search
from tiles.conf import tiles_settings
from tiles.encoding.formats import PNG
from tiles.errors import TilesError
from tiles.geo.grids import web_mercator
from tiles.mosaics.resolving import ResolvedMosaic
from tiles.mosaics.selection import parse_selection
from tiles.mosaics.tile import render_mosaic
from tiles.styling.painting import Picture
from tiles.styling.style import parse_style

logger = logging.getLogger(__name__)
BASE_ZOOM = 5
SIDE = 256
# Items of a layer: the keys of all are held in memory.
MAX_ITEMS = 500_000
# Degrees beyond which Web Mercator has no tiles.
LATITUDE = 85.0511
# Rows read at a time.
CHUNK = 500
# Part of signatures: raised whenever the same items give other pixels, or other is stored with them.
VERSION = 2
Zxy = store.Zxy
Row = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Tile:
    """Hold a tile. ``content``: PNG, empty for nothing; ``items``: packed names; ``is_whole``: all could be read."""

    content: bytes = b""
    items: bytes = b""
    is_whole: bool = True


def refresh_overviews(search_id: str) -> bool:
    """Make the tiles that changed since the last time; return whether any had."""
    search = find_search(search_id)
    mosaic = mosaic_of(search, user=AnonymousUser())
    audience, stamp = store.audience_key(mosaic.audience.collections), _stamp(mosaic)
    if (search.prepared, search.stamp) == (audience, stamp) or not store.claim_refresh(search):
        return False
    try:
        is_whole = _refresh(mosaic, audience)
    except BaseException:
        store.release_refresh(search)
        raise
    store.finish_refresh(search, audience=audience, stamp=stamp, is_whole=is_whole)
    return True


def _stamp(mosaic: SearchMosaic) -> str:
    """Return a text that changes whenever an item of the mosaic comes, goes or changes."""
    totals = mosaic.located().aggregate(Count("pk"), Sum("pk"), Sum("version"), Max("updated"))
    if totals["pk__count"] > MAX_ITEMS:
        raise Conflict(f"Overviews are made of at most {MAX_ITEMS:,} items, not of {totals['pk__count']:,}.")
    return store.signature_of((VERSION, sorted(totals.items(), key=lambda total: total[0])))


def _refresh(mosaic: SearchMosaic, audience: str) -> bool:
    query = rendering_query(mosaic.search.metadata.get("rendering", {}))
    resolved = mosaic.resolve_style(parse_style(query), parse_selection(query.get("pixel_selection") or "first"))
    present = {(t.z, t.x, t.y): t.signature for t in mosaic.search.overview_tiles.filter(audience=audience)}
    made: dict[Zxy, str] = {}
    is_whole = True
    for zxy, rows in _members(mosaic).items() if resolved else ():
        signature = store.signature_of((VERSION, resolved and resolved.canonical, rows))
        if present.get(zxy) != signature:
            base = _render(mosaic, rows, zxy, resolved=resolved)
            if not base.is_whole:
                # Another signature than the next time's, so that it is made again.
                is_whole, signature = False, store.signature_of((signature, "parts are missing", base.items))
            if not base.content:
                continue
            store.store_overview(
                mosaic.search, audience=audience, zxy=zxy, signature=signature, content=base.content, items=base.items
            )
        made[zxy] = signature
    made |= _make_parents(mosaic.search, audience, made, present)
    store.keep_overviews(mosaic.search, audience=audience, kept=set(made))
    return is_whole


def _members(mosaic: SearchMosaic) -> dict[Zxy, list[Row]]:
    """Return key and version of the items of each base tile, in the search's order."""
    order = ordering(mosaic.query.sort)
    keys = (key.ordering(backward=False) for key in order.keys)
    rows = mosaic.located().annotate(**order.annotations).order_by(*keys).values_list("pk", "version", "bbox")
    found: dict[Zxy, list[Row]] = {}
    for pk, version, bbox in rows.iterator(chunk_size=CHUNK):
        for zxy in _tiles(bbox) if bbox else ():
            found.setdefault(zxy, []).append((pk, version))
    return found


def _tiles(bbox: list[float]) -> Iterator[Zxy]:
    """Yield the tiles of the base zoom that a bbox of GeoJSON touches."""
    half, count = len(bbox) // 2, 2**BASE_ZOOM
    (west, south), (east, north) = bbox[:2], bbox[half : half + 2]
    top, bottom = (_row(latitude, count) for latitude in (north, south))
    for start, end in ((west, east),) if west <= east else ((west, 180.0), (-180.0, east)):
        left, right = (min(count - 1, max(0, math.floor((each + 180) / 360 * count))) for each in (start, end))
        for x in range(left, right + 1):
            for y in range(top, bottom + 1):
                yield BASE_ZOOM, x, y


def _row(latitude: float, count: int) -> int:
    angle = math.radians(min(LATITUDE, max(-LATITUDE, latitude)))
    return min(count - 1, max(0, math.floor((1 - math.asinh(math.tan(angle)) / math.pi) / 2 * count)))


def _render(mosaic: SearchMosaic, rows: list[Row], zxy: Zxy, *, resolved: ResolvedMosaic | None) -> _Tile:
    """Render one base tile of all its items."""
    if resolved is None:
        return _Tile()
    members = _members_of(mosaic, [pk for pk, _ in rows])
    many = len(members)
    limits = replace(tiles_settings().limits, mosaic_items=many, mosaic_scan=many, mosaic_seconds=math.inf)
    try:
        found = render_mosaic(members, web_mercator(), web_mercator().tile(*zxy), resolved=resolved, limits=limits)
    except TilesError as error:
        logger.warning("Overview %s of search %s: %s", zxy, mosaic.search.pk, error)
        return _Tile(is_whole=False)
    used = [ItemName(members[number].collection_id, members[number].item_id) for number in found.used]
    return _Tile(PNG.encode(found.picture) if found.picture else b"", pack_names(used), not found.incomplete)


def _members_of(mosaic: SearchMosaic, keys: list[int]) -> list[MosaicItem]:
    found: dict[int, MosaicItem] = {}
    for start in range(0, len(keys), CHUNK):
        rows = Item.objects.filter(pk__in=keys[start : start + CHUNK])
        items = read_items(rows, assets=mosaic.assets, subdataset=mosaic.subdataset)
        # Thousands of histograms, of which the resolved style has what is needed.
        found |= {item.pk: _without_statistics(item) for item in items if item.sources}
    return [found[key] for key in keys if key in found]


def _without_statistics(item: MosaicItem) -> MosaicItem:
    return replace(item, sources=tuple(replace(ref, statistics=()) for ref in item.sources))


def _make_parents(search: Search, audience: str, base: dict[Zxy, str], present: dict[Zxy, str]) -> dict[Zxy, str]:
    """Make the tiles of all lower zooms; return their signatures."""
    made: dict[Zxy, str] = {}
    children = base
    for zoom in reversed(range(BASE_ZOOM)):
        parents: dict[Zxy, str] = {}
        for zxy in sorted({(zoom, x // 2, y // 2) for _, x, y in children}):
            parts = {child: children[child] for child in _children(zxy) if child in children}
            parents[zxy] = store.signature_of((VERSION, sorted(parts.items())))
            if present.get(zxy) != parents[zxy]:
                made_now = _halve(search, audience, zxy, parts=set(parts))
                store.store_overview(
                    search,
                    audience=audience,
                    zxy=zxy,
                    signature=parents[zxy],
                    content=made_now.content,
                    items=made_now.items,
                )
        made |= parents
        children = parents
    return made


def _children(zxy: Zxy) -> list[Zxy]:
    z, x, y = zxy
    return [(z + 1, 2 * x + right, 2 * y + down) for down in (0, 1) for right in (0, 1)]


def _halve(search: Search, audience: str, zxy: Zxy, *, parts: set[Zxy]) -> _Tile:
    """Join those of a tile's four children that are ``parts``, at half their size: colors weigh by their opacity."""
    whole = np.zeros((2 * SIDE, 2 * SIDE, 4), np.float32)
    items = []
    for number, child in enumerate(_children(zxy)):
        tile = store.find_overview(search, audience=audience, zxy=child) if child in parts else None
        content, names = (store.read_overview(tile), store.read_overview_items(tile)) if tile else (None, None)
        if content and names:
            items.append(names)
            row, column = SIDE * (number // 2), SIDE * (number % 2)
            whole[row : row + SIDE, column : column + SIDE] = decode_tile(content)
    whole[:, :, :3] *= whole[:, :, 3:] / 255
    small = cv2.resize(whole, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return _Tile(PNG.encode(unweighed(small)), join_names(items))


def unweighed(weighed: npt.NDArray[np.float32]) -> Picture:
    """Return the picture of red, green and blue weighed by the alpha after them, all 0-255; changes its argument."""
    weighed[:, :, :3] /= np.maximum(weighed[:, :, 3:], 1e-3) / 255
    return picture_of(np.clip(np.rint(weighed), 0, 255).astype(np.uint8))


def picture_of(pixels: npt.NDArray[np.uint8]) -> Picture:
    """Return the picture of red, green, blue and alpha, (rows, columns, 4)."""
    return Picture(np.ascontiguousarray(pixels[:, :, :3]), np.ascontiguousarray(pixels[:, :, 3]))


def decode_tile(content: bytes) -> npt.NDArray[np.uint8]:
    """Return red, green, blue and alpha of a stored tile, (rows, columns, 4)."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGBA"))
