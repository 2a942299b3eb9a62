"""Which items a tile of a layer is made of: one that is made at once, or one that workers prepared."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.errors import Conflict
from catalog.models import OverviewTile
from catalog.mosaics import openapi
from catalog.mosaics.answers import incomplete, key_of, named
from catalog.mosaics.asking import Asked, Spot, parse_request, parse_spot
from catalog.mosaics.layer import Layer
from catalog.mosaics.overview_tiles import is_prepared, prepared_tile, there
from catalog.mosaics.views import MosaicView
from catalog.services.searches.overview_items import ItemName, find_present, unpack_names
from catalog.services.searches.overviews import read_overview_items
from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter
from tiles.limits import deadline
from tiles.mosaics.tile import Mosaic, render_mosaic
from tiles.rest import query as q

# Items of a page.
MOST = 1000


class TileItemsView(MosaicView):
    @openapi.of_search(
        "tile_assets",
        "Which items make a tile",
        openapi.MATRIX_SET_ID,
        *openapi.OF_TILE,
        *openapi.ITEMS,
        responses=openapi.ITEMS_OF_TILE,
    )
    def get(self, request: Request, search_id: str, **kwargs: Any) -> Response:
        """`used`: those that the tile is made of; the others only lie there, in the order of the search.

        Of a tile that workers prepared (`prepared` is true) only those that it was made of are told; `removed` are
        those of them that are no longer in the catalog. `count` is of all pages, `next` the next one's address.
        """
        asked = parse_request(request, search_id)
        spot, page = parse_spot(request, asked.layer, kwargs), _Page(request)
        if not is_prepared(request, asked, spot):
            return _made_at_once(asked, spot, page)
        tile = prepared_tile(spot)
        items, count = _items_of(tile, asked.layer, page) if tile else ([], 0)
        return Response({"prepared": True, **page.of(items, count, made=tile.signature if tile else "")})


class MatrixSetTileItemsView(TileItemsView):
    @openapi.of_search(
        "matrix_set_tile_assets",
        "Which items make a tile of a tile matrix set",
        openapi.MATRIX_SET,
        *openapi.OF_TILE,
        *openapi.ITEMS,
        responses=openapi.ITEMS_OF_TILE,
    )
    def get(self, request: Request, search_id: str, **kwargs: Any) -> Response:
        """Likewise."""
        return super().get(request, search_id, **kwargs)


class _Page:
    """The part of a tile's items that is asked for. Raises InvalidParameter."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.most = q.integer(request.query_params, "limit", low=1, high=MOST, default=MOST)
        self._made, _, start = q.text(request.query_params, "cursor").partition("-")
        if self._made and not (start.isascii() and start.isdecimal() and len(start) <= 9):
            raise InvalidParameter("cursor must be that of a next page")
        self.start = int(start) if self._made else 0

    def of(self, items: list[dict[str, Any]], count: int, *, made: str) -> dict[str, Any]:
        """``items``: the page's; ``made``: another whenever the tile is. Raises Conflict when it was made anew."""
        if self._made not in ("", made):
            raise Conflict("The tile was made anew since the page before: begin again without cursor", code="changed")
        end = self.start + self.most
        return {"count": count, "items": items, "next": self._address(f"{made}-{end}") if end < count else None}

    def _address(self, cursor: str) -> str:
        query = self._request.query_params.copy()
        query["cursor"] = cursor
        return f"{self._request.build_absolute_uri(self._request.path)}?{query.urlencode()}"


def _items_of(tile: OverviewTile, layer: Layer, page: _Page) -> tuple[list[dict[str, Any]], int]:
    """Those of a page, and how many there are: of collections that the reader sees, whatever the tile says."""
    names, count = unpack_names(there(read_overview_items(tile)), start=page.start, most=page.most)
    seen = [name for name in names if name.collection_id in layer.audience.collections]
    present = find_present(seen)
    return [_prepared_item(name, is_present=name in present) for name in seen], count


def _prepared_item(name: ItemName, *, is_present: bool) -> dict[str, Any]:
    found = {**named(name), "used": True}
    return found if is_present else {**found, "removed": True}


def _made_at_once(asked: Asked, spot: Spot, page: _Page) -> Response:
    plan, limits = asked.plan, tiles_settings().limits
    found = Mosaic(None, ())
    if plan and spot.items:
        with deadline(limits.render_seconds):
            found = render_mosaic(spot.items, spot.grid, spot.area, plan=plan, limits=limits)
    used = frozenset(found.used)
    items = [{**named(item), "used": number in used} for number, item in enumerate(spot.items)]
    made = key_of(spot.items, plan and plan.canonical)
    shown = page.of(items[page.start : page.start + page.most], len(items), made=made)
    return incomplete(Response({"prepared": False, **shown}), found.incomplete)
