"""Find which items of a registered search, as a reader sees it, make a tile, a point or the stretch of all tiles."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TypeVar

import shapely
from cachetools import LRUCache, TTLCache
from cachetools.keys import hashkey
from django.contrib.auth.models import AnonymousUser, User

from catalog.documents.footprints import as_stored
from catalog.models import Search
from catalog.models.item import ItemQuerySet
from catalog.querying.datetimes import Interval
from catalog.querying.finding import items_of_time, matching_items
from catalog.querying.query import SearchQuery, parse_body, parse_identifiers
from catalog.querying.sorting import ordering
from catalog.querying.statements import ask_bounded
from catalog.services.searches.bodies import rendering_query
from catalog.services.searches.members import SECONDS, Audience, MosaicItem, find_audience, read_items
from catalog.services.searches.registering import find_search, knows_search
from tiles.conf import tiles_settings
from tiles.geo.georeference import Floats
from tiles.geo.grids import WEB_MERCATOR, Grid, TileArea
from tiles.mosaics.footprints import geographic_box, line_through
from tiles.mosaics.members import ask_reference
from tiles.mosaics.resolving import ResolvedMosaic, resolve_mosaic
from tiles.mosaics.values import ResolvedValues, resolve_values
from tiles.styling.style import Style

# Items whose stored statistics give the stretch of a mosaic: those that have been there longest, so that it stays.
SAMPLES = 64
# Zooms above a tile at which its items are looked up, for its neighbours as well, unless there are more than so many.
LEVELS_ABOVE = 2
MAX_SHARED = 300

Found = tuple[MosaicItem, ...]
_searches: TTLCache[str, Search] = TTLCache(10_000, SECONDS)
_found: TTLCache[tuple[object, ...], Found] = TTLCache(5000, SECONDS)
_known_styles: LRUCache[tuple[object, ...], ResolvedMosaic | ResolvedValues] = LRUCache(2000)
Resolved = TypeVar("Resolved", ResolvedMosaic, ResolvedValues)
_lock = threading.Lock()


@dataclass(frozen=True)
class SearchMosaic:
    search: Search
    user: User | AnonymousUser
    audience: Audience
    # Keys of the assets that take part; none: what each item shows first.
    assets: tuple[str, ...]
    # Of the request: narrows the items, not the stretch, so that times can be compared.
    interval: Interval | None = None
    # The variable of files that hold several; none: as ingest chose.
    subdataset: str = ""

    @cached_property
    def title(self) -> str:
        """Return the search's name for those who may be told, its id for others."""
        name = self.search.metadata.get("name")
        return str(name) if name and knows_search(self.search, user=self.user) else self.search.pk

    @cached_property
    def query(self) -> SearchQuery:
        return parse_body(self.search.body)

    @property
    def only_collection(self) -> str:
        """Return the one collection that is searched, if the reader sees it; else empty."""
        named = self.query.collections or ()
        return named[0] if len(named) == 1 and named == self.audience.collections else ""

    def items_of_tile(self, grid: Grid, zxy: tuple[int, int, int]) -> Found:
        """Return the items on a tile, in the search's order: at most one more than `mosaic_scan`."""
        area = grid.tile(*zxy)
        z, x, y = zxy
        if grid.identifier == WEB_MERCATOR and z >= LEVELS_ABOVE:
            parent = (z - LEVELS_ABOVE, x >> LEVELS_ABOVE, y >> LEVELS_ABOVE)
            shared = self._items(geographic_box(grid, grid.tile(*parent)), most=MAX_SHARED + 1)
            if len(shared) <= MAX_SHARED:
                box = geographic_box(grid, area)
                return tuple(item for item in shared if item.sources and shapely.intersects(item.footprint, box))
        return self.items_of_area(grid, area)

    def items_of_area(self, grid: Grid, area: TileArea) -> Found:
        return self._shown(geographic_box(grid, area))

    def items_at(self, longitude: float, latitude: float) -> Found:
        return self._shown(shapely.Point(longitude, latitude))

    def items_along(self, points: Floats) -> Found:
        """Return the items at any of the points (count, 2) of a line, in degrees.

        Not remembered: hardly anyone draws the same line twice.
        """
        most = tiles_settings().limits.mosaic_scan + 1
        # By the line first: to compare each of thousands of points with each footprint in its box takes seconds.
        items = self.lying_in(line_through(points))
        items = items.filter(geometry__intersects=as_stored(shapely.MultiPoint(points)))
        found = ask_bounded(lambda: self._read(items[:most]))
        return tuple(item for item in found if item.sources)

    @property
    def only_item(self) -> MosaicItem | None:
        """Return the item of a mosaic of one image; None for one of several."""
        return self.members[0] if len(self.samples) == len(self.members) == 1 else None

    def _shown(self, place: shapely.Geometry) -> Found:
        found = self._items(place, most=tiles_settings().limits.mosaic_scan + 1)
        return tuple(item for item in found if item.sources)

    @property
    def members(self) -> Found:
        """Return those of the samples that have images."""
        return tuple(item for item in self.samples if item.sources)

    @cached_property
    def samples(self) -> Found:
        return self._remembered("samples", lambda: self._read(self.located().order_by("pk")[:SAMPLES]))

    @cached_property
    def whole(self) -> "SearchMosaic":
        """Return the mosaic at any time, without the request's interval."""
        return replace(self, interval=None) if self.interval else self

    def resolve_style(self, style: Style, selection: str) -> ResolvedMosaic | None:
        """Resolve the style of all pictures; None when the reader sees no items. Raises what `resolve_mosaic` does."""
        images = [item.sources for item in self.whole.members]
        return self._resolved(
            ("colors", style, selection), lambda: resolve_mosaic(images, style=style, selection=selection)
        )

    def resolve_values(self, style: Style, selection: str) -> ResolvedValues | None:
        """Resolve the bands that all values are read of; None when the reader sees no items.

        Raises what `resolve_values` and opening an image do.
        """
        return self._resolved(
            ("values", style, selection),
            lambda: ask_reference(self.whole.members, partial(resolve_values, style=style, selection=selection)),
        )

    def _resolved(self, what: tuple[object, ...], make: Callable[[], Resolved]) -> Resolved | None:
        members: Found = self.whole.members
        if not members:
            return None
        # Of dozens of names, which a key of its own kind hashes once.
        key = hashkey(*(item.sources for item in members), *what)
        with _lock:
            resolved = _known_styles.get(key)
        if resolved is None:
            resolved = make()
            with _lock:
                _known_styles[key] = resolved
        return resolved  # type: ignore[return-value]  # What was resolved is part of the key.

    def _items(self, place: shapely.Geometry, *, most: int) -> Found:
        return self._remembered((shapely.to_wkb(place), most), lambda: self._ask(place, most=most))

    def _ask(self, place: shapely.Geometry, *, most: int) -> list[MosaicItem]:
        return self._read(self.lying_in(place)[:most])

    def _read(self, items: ItemQuerySet) -> list[MosaicItem]:
        return read_items(items, assets=self.assets, subdataset=self.subdataset)

    def lying_in(self, place: shapely.Geometry) -> ItemQuerySet:
        """Return the search's items at a place in degrees, in its order."""
        order = ordering(self.query.sort)
        items = self.located().lying_at(as_stored(place))
        keys = (key.ordering(backward=False) for key in order.keys)
        return items.annotate(**order.annotations).order_by(*keys)

    def located(self) -> ItemQuerySet:
        """Return the items that have a place and imagery of ours: catalogs hold many that are documents only."""
        items = matching_items(self.query, user=self.user).filter(geometry__isnull=False)
        if self.interval:
            items = items_of_time(self.interval, items)
        if self.assets:
            return items.filter(asset_files__has_keys=list(self.assets))
        return items.exclude(asset_files={})

    def _remembered(self, what: object, ask: Callable[[], list[MosaicItem]]) -> Found:
        audience = self.audience
        key = (
            self.search.pk,
            audience.collections,
            audience.collection_version,
            self.assets,
            self.subdataset,
            self.interval,
            what,
        )
        with _lock:
            known = _found.get(key)
        if known is None:
            known = tuple(ask_bounded(ask))
            with _lock:
                _found[key] = known
        return known


def forget_search(search_id: str) -> None:
    """Forget what this process remembers of a search that was removed; others do so after seconds."""
    with _lock:
        _searches.pop(search_id, None)


def find_mosaic(*, user: User | AnonymousUser, search_id: str) -> SearchMosaic:
    """Find the search of that id as this user sees it. Raises NotFound."""
    with _lock:
        search = _searches.get(search_id)
    if search is None:
        search = find_search(search_id)
        with _lock:
            _searches[search_id] = search
    return mosaic_of(search, user=user)


def mosaic_of(search: Search, *, user: User | AnonymousUser) -> SearchMosaic:
    named = search.body.get("collections")
    collection_ids = parse_identifiers(named, name="collections") if named else None
    audience = find_audience(user=user, collection_ids=collection_ids)
    subdataset = rendering_query(search.metadata.get("rendering", {})).get("subdataset", "")
    return SearchMosaic(search, user, audience, tuple(search.metadata.get("assets", ())), subdataset=subdataset)
