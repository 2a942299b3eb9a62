"""Answer for a search's items one by one: which make a tile, their values at a point, what their files hold."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.pagination import KeysetPagination
from catalog.documents.footprints import as_stored
from catalog.errors import Conflict
from catalog.models import OverviewTile
from catalog.models.item import ItemQuerySet
from catalog.mosaics import openapi
from catalog.mosaics.imagery import SearchImagery, Spot, named
from catalog.querying.statements import ask_bounded
from catalog.services.searches.members import COLUMNS, MosaicItem, mosaic_items
from catalog.services.searches.mosaic import Found, SearchMosaic
from catalog.services.searches.overview_items import ItemName, find_present, unpack_names
from catalog.services.searches.overviews import read_overview_items
from catalog.services.searches.prepared import find_prepared, present
from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter, OutsideBounds, UnsupportedOperation
from tiles.geo.crs import transform_box
from tiles.geo.grids import WGS84
from tiles.geo.longitudes import forward_box
from tiles.limits import check_deadline, deadline
from tiles.mosaics.cutting import check_place
from tiles.mosaics.members import BROKEN
from tiles.mosaics.tile import Mosaic, render_mosaic
from tiles.regions.points import point_layers
from tiles.regions.shapes import within_world
from tiles.rest import query as q
from tiles.rest.base import tile_key
from tiles.rest.data import describe_point
from tiles.rest.imagery import TileRequest
from tiles.rest.responses import incomplete
from tiles.sources.pool import lease_sources
from tiles.sources.protocol import Source


def tile_items(request: Request, imagery: SearchImagery, wanted: TileRequest) -> Response:
    """Answer which items a tile is made of: one that is made at once, or one that workers prepared."""
    spot, page = imagery.spot(wanted), _Page(request)
    if not imagery.is_prepared(spot):
        return _made_at_once(imagery, spot, page)
    tile = find_prepared(imagery.mosaic, spot.zxy)
    items, count = _items_of(tile, imagery.mosaic, page) if tile else ([], 0)
    return Response({"prepared": True, **page.of(items, count, made=tile.signature if tile else "")})


class _Page:
    """Read which part of a tile's items is asked for. Raises InvalidParameter."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.most = openapi.ITEMS_LIMIT.integer(request.query_params, default=openapi.MOST_ITEMS)
        self._made, _, start = openapi.ITEMS_CURSOR.text(request.query_params).partition("-")
        if self._made and not (start.isascii() and start.isdecimal() and len(start) <= 9):
            raise InvalidParameter("cursor must be that of a next page")
        self.start = int(start) if self._made else 0

    def of(self, items: list[dict[str, Any]], count: int, *, made: str) -> dict[str, Any]:
        """Return the document of a page.

        Args:
            items: the page's.
            count: how many items all pages have.
            made: a text that changes whenever the tile is made anew.

        Raises:
            Conflict: The tile was made anew since the page before.
        """
        if self._made not in ("", made):
            raise Conflict("The tile was made anew since the page before: begin again without cursor", code="changed")
        end = self.start + self.most
        return {"count": count, "items": items, "next": self._address(f"{made}-{end}") if end < count else None}

    def _address(self, cursor: str) -> str:
        query = self._request.query_params.copy()
        query["cursor"] = cursor
        return f"{self._request.build_absolute_uri(self._request.path)}?{query.urlencode()}"


def _items_of(tile: OverviewTile, mosaic: SearchMosaic, page: _Page) -> tuple[list[dict[str, Any]], int]:
    """Return the items of a page that lie in collections the reader sees, and how many items the tile has."""
    names, count = unpack_names(present(read_overview_items(tile)), start=page.start, most=page.most)
    seen = [name for name in names if name.collection_id in mosaic.audience.collections]
    known = find_present(seen)
    return [_prepared_item(name, is_present=name in known) for name in seen], count


def _prepared_item(name: ItemName, *, is_present: bool) -> dict[str, Any]:
    found = {**named(name), "used": True}
    return found if is_present else {**found, "removed": True}


def _made_at_once(imagery: SearchImagery, spot: Spot, page: _Page) -> Response:
    resolved, limits = imagery.resolved, tiles_settings().limits
    found = Mosaic(None, ())
    if resolved and spot.items:
        with deadline(limits.render_seconds):
            found = render_mosaic(spot.items, spot.grid, spot.area, resolved=resolved, limits=limits)
    used = frozenset(found.used)
    items = [{**named(item), "used": number in used} for number, item in enumerate(spot.items)]
    refs = tuple(ref for item in spot.items for ref in item.sources)
    made = tile_key(refs, resolved and resolved.canonical)
    shown = page.of(items[page.start : page.start + page.most], len(items), made=made)
    return incomplete(Response({"prepared": False, **shown}), found.incomplete)


def item_points(imagery: SearchImagery, x: float, y: float) -> tuple[list[dict[str, Any]], str]:
    """Return the values of each item at a point in degrees, and why items are missing."""
    limits = tiles_settings().limits
    items = imagery.mosaic.items_at(x, y)
    with deadline(limits.render_seconds):
        values, reason = _values(items[: limits.mosaic_items], imagery, x=x, y=y)
    return values, reason or ("items" if len(items) > limits.mosaic_items else "")


def _values(items: Found, imagery: SearchImagery, *, x: float, y: float) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    reason, limits = "", tiles_settings().limits
    end = time.monotonic() + limits.mosaic_seconds
    for item in items:
        if time.monotonic() > end:
            return found, "time"
        try:
            with lease_sources(item.sources, limits=limits) as sources:
                layers = point_layers(sources, np.array([x]), np.array([y]), crs=WGS84, style=imagery.style)
        except OutsideBounds:
            continue
        except BROKEN:
            reason = "unreadable"
            continue
        found.append({**named(item), **describe_point(layers)})
    return found, reason


class ItemPages(KeysetPagination):
    """Page through items, the longest in the mosaic first: a cursor of its own order would tell what that is.

    A page opens as many files as it has items.
    """

    page_size = 10

    def get_page_size(self, request: Request) -> int:
        """Return the page's size. Raises InvalidParameter, as all parameters of tiles do."""
        return openapi.MEMBERS_LIMIT.integer(request.query_params, default=self.page_size)

    def get_paginated_response(self, data: object) -> Response:
        return Response({"items": data, "next": self.get_next_link(), "previous": self.get_previous_link()})


def describe_members(
    request: Request, imagery: SearchImagery, describe: Callable[[Source], dict[str, Any]]
) -> Response:
    """Answer what each item's first file says of itself, in pages."""
    mosaic, pages, limits = imagery.mosaic, ItemPages(), tiles_settings().limits
    items = _lying_in_box(mosaic, request)
    rows = ask_bounded(lambda: pages.paginate_queryset(items.only(*COLUMNS), request) or [])
    found = mosaic_items(rows, assets=mosaic.assets, subdataset=mosaic.subdataset)
    with deadline(limits.render_seconds):
        documents = [_describe(item, describe) for item in found if item.sources]
    return pages.get_paginated_response(documents)


def _lying_in_box(mosaic: SearchMosaic, request: Request) -> ItemQuerySet:
    """Return all items, or those that a box meets. Raises InvalidParameter, OutsideBounds."""
    place = q.place(request.query_params)
    if place.box is None:
        return mosaic.located()
    check_place(place)
    box = transform_box(forward_box(place.box, place.crs), place.crs, WGS84)
    parts = within_world(shapely.box(*box), WGS84)
    return mosaic.located().lying_at(as_stored(parts))


def _describe(item: MosaicItem, describe: Callable[[Source], dict[str, Any]]) -> dict[str, Any]:
    """Describe the item's first file, or say why it can't be read."""
    check_deadline()
    try:
        with lease_sources(item.sources[:1], limits=tiles_settings().limits) as sources:
            document = describe(sources[0])
    except (*BROKEN, UnsupportedOperation, InvalidParameter) as error:
        document = {"code": error.code, "description": error.message}
    return {**named(item), **document}
