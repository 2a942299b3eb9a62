"""Implement `tiles.rest.imagery.Imagery` for registered searches: what image routes show of all they find."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import numpy as np
import shapely
from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict

from catalog.mosaics.openapi import DATETIME, SELECTION
from catalog.querying.datetimes import Interval, parse_interval
from catalog.services.searches.bodies import RENDERING, rendering_query
from catalog.services.searches.extent import mosaic_bounds, mosaic_tiles, mosaic_zooms
from catalog.services.searches.members import MosaicItem
from catalog.services.searches.mosaic import Found, SearchMosaic, find_mosaic
from catalog.services.searches.overview_items import ItemName
from catalog.services.searches.prepared import (
    PreparedPreview,
    encode_prepared,
    find_prepared,
    is_prepared,
    preview_area,
)
from catalog.services.searches.refreshing import BASE_ZOOM, SIDE
from tiles.conf import tiles_settings
from tiles.encoding.formats import DataFormat, ImageFormat, RegionFormat
from tiles.errors import InvalidParameter, OutsideBounds, UnsupportedOperation
from tiles.geo.crs import crs_grid, is_same, to_degrees
from tiles.geo.extent import TileLimits
from tiles.geo.grids import WEB_MERCATOR, WGS84, Box, Grid, TileArea, grid, web_mercator
from tiles.geo.longitudes import document_box, forward_box
from tiles.limits import deadline
from tiles.mosaics.cutting import check_place, mosaic_value_tile, render_mosaic_region
from tiles.mosaics.members import ask_reference
from tiles.mosaics.points import find_pixels, mosaic_pixel, mosaic_points
from tiles.mosaics.resolving import ResolvedMosaic, open_aside, placed, pooled
from tiles.mosaics.selection import parse_selection
from tiles.mosaics.tile import render_mosaic
from tiles.mosaics.values import MosaicLayers, ResolvedValues, first_reason
from tiles.mosaics.zonal import mosaic_sample, mosaic_zone
from tiles.regions.area import Place
from tiles.regions.description import describe, describe_bands, describe_statistics
from tiles.regions.output import RegionRequest, Rendered
from tiles.regions.profile import Line
from tiles.regions.shapes import Shape, shape_box
from tiles.regions.statistics_summary import SummaryOptions
from tiles.regions.values import Layer
from tiles.regions.zonal import count_each
from tiles.regions.zonal_pixels import Counted, Documents, empty_statistics, summarize
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.imagery import Reading, TileRequest, Tileset, Values
from tiles.sources.protocol import Source
from tiles.styling.style import SINGLE_IMAGE, parse_style

T = TypeVar("T")
# Pixels a side of the raster on which a box is followed into degrees.
PROBE_SIDE = 64
# Of an image's description, what is the same in all of a mosaic that is made of one kind of images.
OF_ALL = ("count", "dtype", "crs")
NOTHING_THERE, NO_IMAGES = "No image of the layer lies there", "The layer has no images"


@dataclass(frozen=True)
class Spot:
    """Hold a tile of a grid, with its buffer, and the items that lie there."""

    mosaic: SearchMosaic
    grid: Grid
    zxy: tuple[int, int, int]
    area: TileArea
    has_buffer: bool

    @cached_property
    def items(self) -> Found:
        if self.has_buffer:
            return self.mosaic.items_of_area(self.grid, self.area)
        return self.mosaic.items_of_tile(self.grid, self.zxy)


class SearchImagery:
    """Show all that a search finds and its reader sees, as one request wants it.

    ``query``: the request's own parameters; those that the search was registered with stand behind them.
    """

    kind = "layer"
    is_geospatial = True

    def __init__(self, mosaic: SearchMosaic, query: QueryDict) -> None:
        for name in SINGLE_IMAGE:
            if query.get(name):
                raise InvalidParameter(f"{name} is of single images: a mosaic is made of images of one plane")
        self.mosaic = replace(
            mosaic,
            assets=p.ASSETS.words(query) or mosaic.assets,
            subdataset=p.SUBDATASET.text(query) or mosaic.subdataset,
            interval=_interval(query),
        )
        registered = rendering_query(mosaic.search.metadata.get("rendering", {}), query)
        self.query, self.style = query, parse_style(registered)
        self.selection = parse_selection(SELECTION.text(registered) or "first")

    @property
    def title(self) -> str:
        return self.mosaic.title

    @property
    def handed_on(self) -> str:
        of_mosaics = {name: self.query[name] for name in (SELECTION.name, DATETIME.name) if self.query.get(name)}
        return "&".join(filter(None, (q.rendering_query(self.query), urlencode(of_mosaics, safe="/:"))))

    @property
    def is_as_registered(self) -> bool:
        """Return whether the request changes nothing of what is shown and how, as the search was registered."""
        return not (self.mosaic.interval or any(name in self.query for name in (*RENDERING, "assets")))

    @cached_property
    def resolved(self) -> ResolvedMosaic | None:
        """Resolve the colors of all pictures; None when the reader sees no images."""
        return self.mosaic.resolve_style(self.style, self.selection)

    @cached_property
    def values(self) -> ResolvedValues | None:
        """Resolve whose values are meant: a search that is registered as a hillshade has heights."""
        style = self.style if "algorithm" in self.query else replace(self.style, algorithm=None)
        return self.mosaic.resolve_values(style, self.selection)

    def check(self) -> None:
        """Check nothing more: the style was read already, and what images can't have isn't known of all."""

    def bounds(self) -> Box:
        return mosaic_bounds(self.mosaic)

    def grid(self, name: str | None) -> Grid:
        return grid(name or WEB_MERCATOR)

    def tileset(self, name: str | None) -> Tileset:
        chosen = self.grid(name)
        return Tileset(chosen, mosaic_zooms(self.mosaic, chosen), self.bounds())

    def tile_limits(self, grid: Grid) -> list[TileLimits]:
        return mosaic_tiles(self.mosaic, grid, self.bounds())

    def spot(self, wanted: TileRequest) -> Spot:
        """Return the tile that is asked for. Raises InvalidParameter, OutsideBounds."""
        chosen = self.grid(wanted.matrix_set)
        area = chosen.tile(*wanted.zxy, size=wanted.size, buffer=wanted.buffer)
        return Spot(self.mosaic, chosen, wanted.zxy, area, has_buffer=bool(wanted.buffer))

    def tile(self, wanted: TileRequest) -> Reading[bytes]:
        spot, target = self.spot(wanted), wanted.target
        if isinstance(target, ImageFormat) and self.is_prepared(spot):
            tile = find_prepared(self.mosaic, spot.zxy)
            name = ("overview", self.mosaic.search.pk, tile and tile.blob_name, target.name)
            return Reading.complete((), name, lambda: encode_prepared(tile, target) if tile else b"")
        resolved = self.values if isinstance(target, DataFormat) else self.resolved
        parts = (spot.grid.identifier, spot.zxy, spot.area, resolved and resolved.canonical, target.name)
        return _reading(spot.items, parts, partial(_render, spot, resolved, target))

    def is_prepared(self, spot: Spot) -> bool:
        """Return whether workers prepared this: a plain tile at a low zoom, as this reader sees it."""
        plain = spot.grid.identifier == WEB_MERCATOR and spot.zxy[0] <= BASE_ZOOM and spot.area.width == SIDE
        return plain and self.is_as_registered and is_prepared(self.mosaic)

    def region(self, wanted: RegionRequest) -> Reading[Rendered]:
        check_place(wanted.place)
        shape, crs, limits = wanted.shape, wanted.place.crs, tiles_settings().limits
        box = shape_box(shape.geometry, crs) if shape else wanted.place.box
        assert box is not None
        items = self.items_within(crs, box)
        resolved = self.resolved if wanted.is_picture else self.values
        if resolved is None or not items:
            raise OutsideBounds(NOTHING_THERE)

        def render() -> tuple[Rendered, str]:
            with deadline(limits.render_seconds):
                region = render_mosaic_region(items, wanted, resolved=resolved, limits=limits)
            return region.rendered, region.incomplete

        return _reading(items, (*wanted.canonical, resolved.canonical), render)

    def preview(self, wanted: RegionRequest) -> Reading[Rendered]:
        """Read the whole mosaic in Web Mercator, unless the request says otherwise."""
        place, target, bounds = wanted.place, wanted.target, self.bounds()
        is_plain = place.output is None and not place.native and self.is_as_registered
        if is_plain and isinstance(target, ImageFormat):
            area = preview_area(self.mosaic, bounds, wanted.size)
            if area:
                preview = PreparedPreview(self.mosaic, area)
                return Reading.complete((), (*preview.parts, target.name), lambda: preview.render(wanted))
        output = place.output or (None if place.native else crs_grid(web_mercator().crs))
        return self.region(replace(wanted, place=Place(bounds, WGS84, output, place.native)))

    def pixel(self, x: float, y: float, crs: Grid) -> Values:
        """Return the values of a pixel, and which pixel of which item it is.

        Images that lie on each other have no pixels in common: only what is of one image has pixels of its own.
        """
        limits = tiles_settings().limits
        if not crs.is_pixels:
            items, found = self._values_at(x, y, crs)
            pixels = find_pixels(items, found.used, x, y, crs, limits=limits)
            return _values(found, {"coordinates": [x, y], "items": _named_pixels(items, pixels)})
        resolved, item, (left, top) = self._resolved_values(), self.mosaic.only_item, (math.floor(x), math.floor(y))
        if item is None:
            raise UnsupportedOperation(
                "A layer of several images has no pixels of its own: give coord_crs, such as EPSG:4326, for "
                "coordinates in left and top"
            )
        with deadline(limits.render_seconds):
            found = mosaic_pixel(item, left, top, resolved=resolved, limits=limits)
        named = _named_pixels((item,), dict.fromkeys(found.used, (left, top)))
        return _values(found, {"left": left, "top": top, "items": named})

    def point(self, x: float, y: float, crs: Grid) -> Values:
        items, found = self._values_at(x, y, crs)
        return _values(found, {"items": used_items(items, found.used)})

    def line(self, line: Line, crs: Grid) -> Values:
        _check_system(crs)
        resolved, limits = self._resolved_values(), tiles_settings().limits
        degrees = to_degrees(line.points, crs)
        items = self.mosaic.items_along(degrees[np.isfinite(degrees).all(axis=1)])
        if not items:
            raise OutsideBounds(NOTHING_THERE)
        with deadline(limits.render_seconds):
            found = mosaic_points(items, line.points, crs, resolved=resolved, limits=limits)
        return _values(found, {"items": used_items(items, found.used)})

    def _values_at(self, x: float, y: float, crs: Grid) -> tuple[Found, MosaicLayers]:
        """Return the items that lie at a point, and what is shown of them there.

        Raises InvalidParameter, OutsideBounds.
        """
        _check_system(crs)
        point, limits = np.array([[x, y]]), tiles_settings().limits
        east, north = (x, y) if is_same(crs, WGS84) else to_degrees(point, crs)[0].tolist()
        check_degrees(east, north)
        items, resolved = self.mosaic.items_at(east, north), self.values
        if resolved is None or not items:
            raise OutsideBounds(NOTHING_THERE)
        with deadline(limits.render_seconds):
            return items, mosaic_points(items, point, crs, resolved=resolved, limits=limits)

    def pixels(self, place: Place, *, max_size: int) -> Reading[Counted]:
        if place.box:
            check_place(place)
        resolved, limits = self._resolved_values(), tiles_settings().limits
        box, crs = (place.box, place.crs) if place.box else (self.bounds(), WGS84)
        items = self.items_within(crs, box)
        if not items:
            raise OutsideBounds(NOTHING_THERE)
        options: dict[str, Any] = {"resolved": resolved, "max_size": max_size, "limits": limits}

        def count() -> tuple[Counted, str]:
            with deadline(limits.render_seconds):
                if place.box:
                    zone = mosaic_zone(items, Shape(shapely.box(*forward_box(box, crs)), {}), crs, **options)
                else:
                    zone = mosaic_sample(items, box, **options)
            return zone.counted, zone.incomplete

        return _reading(items, (place, box, max_size, *resolved.canonical), count)

    def zones(
        self, shapes: Sequence[Shape], crs: Grid, *, is_collection: bool, max_size: int, options: SummaryOptions
    ) -> tuple[list[Documents], str]:
        resolved, limits = self._resolved_values(), tiles_settings().limits
        reasons: list[str] = []

        def count(shape: Shape) -> Documents:
            items = self.items_within(crs, shape_box(shape.geometry, crs))
            zone = mosaic_zone(items, shape, crs, resolved=resolved, max_size=max_size, limits=limits)
            reasons.append(zone.incomplete)
            return summarize(zone.counted, options=options)

        with deadline(limits.render_seconds):
            if not is_collection:
                return [count(shapes[0])], reasons[0]
            found = count_each(shapes, count, nothing=empty_statistics(resolved.names, options=options), limits=limits)
        return found, first_reason(reasons)

    def metadata(self) -> dict[str, Any]:
        first = self._ask_first(describe)
        minzoom, maxzoom = mosaic_zooms(self.mosaic, web_mercator())
        known = {name: first[name] for name in OF_ALL if name in first}
        return {
            "name": self.title,
            "bounds": list(document_box(self.bounds())),
            "minzoom": minzoom,
            "maxzoom": maxzoom,
            **known,
        }

    def bands(self) -> list[dict[str, Any]]:
        return self._ask_first(describe_bands)

    def statistics(self) -> dict[str, Any]:
        """Return the pooled statistics, stored at ingest, of the images that have been found longest."""
        members = self.mosaic.whole.members
        if not members:
            raise OutsideBounds(NO_IMAGES)
        first = pooled([member.sources for member in members])[:1]
        with deadline(tiles_settings().limits.render_seconds), open_aside(first) as sources:
            return describe_statistics(sources[0], self.style.indexes)

    def items_within(self, crs: Grid, box: Box) -> Found:
        """Return the items that lie in a box of a coordinate system. Raises InvalidParameter for one that is none."""
        west, south, east, north = forward_box(box, crs)
        across, down = (east - west) / PROBE_SIDE, (south - north) / PROBE_SIDE
        return self.mosaic.items_of_area(crs, TileArea(west, north, across, down, PROBE_SIDE, PROBE_SIDE))

    def _resolved_values(self) -> ResolvedValues:
        if self.values is None:
            raise OutsideBounds(NO_IMAGES)
        return self.values

    def _ask_first(self, question: Callable[[Source], T]) -> T:
        """Ask the question of the image that has been found longest."""
        return ask_reference(
            self.mosaic.members, lambda sources: question(placed(sources[0])), limits=tiles_settings().limits
        )


def find_search_imagery(*, user: User | AnonymousUser, search_id: str, query: QueryDict) -> SearchImagery:
    """Raise NotFound for an unknown search, InvalidParameter."""
    return SearchImagery(find_mosaic(user=user, search_id=search_id), query)


def used_items(items: Found, used: Iterable[int]) -> list[dict[str, str]]:
    """Return the names of the items that something was made of."""
    return [named(items[number]) for number in sorted(used)]


def named(item: MosaicItem | ItemName) -> dict[str, str]:
    """Return an item's name as documents have it."""
    return {"collection": item.collection_id, "id": item.item_id}


def check_degrees(longitude: float, latitude: float) -> None:
    """Raise InvalidParameter for no place. NaN, where a system has none for a point, is neither."""
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise InvalidParameter("A point is a longitude within ±180 and a latitude within ±90")


def _check_system(crs: Grid) -> None:
    if crs.is_pixels:
        raise InvalidParameter("coord_crs can't be pixels: a mosaic has none of its own")


def _render(spot: Spot, resolved: ResolvedMosaic | ResolvedValues | None, target: RegionFormat) -> tuple[bytes, str]:
    limits = tiles_settings().limits
    if resolved is None or not spot.items:
        return b"", ""
    with deadline(limits.render_seconds):
        if isinstance(resolved, ResolvedValues):
            assert isinstance(target, DataFormat)
            return mosaic_value_tile(spot.items, spot.grid, spot.area, resolved=resolved, target=target, limits=limits)
        found = render_mosaic(spot.items, spot.grid, spot.area, resolved=resolved, limits=limits)
    assert isinstance(target, ImageFormat)
    return target.encode(found.picture) if found.picture else b"", found.incomplete


def _reading(items: Found, parts: tuple[object, ...], read: Callable[[], tuple[T, str]]) -> Reading[T]:
    refs = tuple(ref for item in items for ref in item.sources)
    return Reading(refs, ("mosaic", *parts, len(items)), read)


def _values(found: MosaicLayers, metadata: dict[str, Any]) -> Values:
    """Return layers of one row as flat values, with what a document says of their place."""
    layers = [Layer(one.name, one.values.ravel(), one.shown.ravel()) for one in found.layers]
    return Values(layers, metadata, found.incomplete)


def _named_pixels(items: Found, pixels: Mapping[int, tuple[int, int]]) -> list[dict[str, Any]]:
    """Return column and row under the name of each item; ``pixels``: by its index."""
    return [{**named(items[number]), "left": left, "top": top} for number, (left, top) in sorted(pixels.items())]


def _interval(query: QueryDict) -> Interval | None:
    """Read the `datetime` parameter as STAC searches have it; None for any time."""
    text = DATETIME.text(query)
    return parse_interval(text) if text else None
