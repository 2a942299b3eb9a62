"""What is told of a layer: its TileJSON, which items made a tile, values at a point."""

import time
from typing import Any

import numpy as np
import shapely
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Collection
from tiles.conf import tiles_settings
from tiles.deadline import deadline
from tiles.description import MERCATOR_LATITUDE, WGS84, zoom_range
from tiles.encode import image_format
from tiles.errors import InvalidParameter, OutsideBounds
from tiles.grids import Grid, grid
from tiles.mosaics.rendering import BROKEN, Mosaic, render_mosaic
from tiles.pool import POOL, lease_sources
from tiles.raster import RasterSource
from tiles.rest import query as q
from tiles.rest.tile import rendering_query
from tiles.values import layer_values, point_layers

from . import openapi
from .asking import Asked, parse_request, parse_spot
from .layer import Found, Layer
from .tiles import INCOMPLETE
from .views import MosaicView

DEFAULT_MATRIX_SET = "WebMercatorQuad"
WORLD = (-180.0, -MERCATOR_LATITUDE, 180.0, MERCATOR_LATITUDE)


class TileJSONView(MosaicView):
    @extend_schema(
        operation_id="search_tilejson",
        summary="TileJSON of a search",
        parameters=[openapi.SEARCH_ID, *openapi.STYLE],
        responses=openapi.DOCUMENT,
    )
    def get(self, request: Request, search_id: str) -> Response:
        asked = parse_request(request, search_id)
        layer, metadata, given = asked.layer, asked.layer.search.metadata, request.query_params
        chosen = grid(given.get("tileMatrixSetId") or DEFAULT_MATRIX_SET)
        extension = image_format(given.get("tile_format") or "webp").extension
        handed_on = rendering_query(given)
        if "pixel_selection" in given:
            handed_on = "&".join(filter(None, (handed_on, f"pixel_selection={asked.selection}")))
        address = request.build_absolute_uri(f"tiles/{chosen.identifier}/") + "{z}/{x}/{y}." + extension
        west, south, east, north = _bounds(layer)
        minzoom, maxzoom = _zooms(layer, chosen)
        document = {
            "tilejson": "3.0.0",
            "name": metadata.get("name") or layer.search.pk,
            "tiles": [f"{address}?{handed_on}" if handed_on else address],
            "minzoom": metadata.get("minzoom", min(minzoom, metadata.get("maxzoom", minzoom))),
            "maxzoom": metadata.get("maxzoom", max(maxzoom, metadata.get("minzoom", maxzoom))),
            "bounds": [west, south, east, north],
            "center": [(west + east) / 2, (south + north) / 2, metadata.get("minzoom", minzoom)],
        }
        return Response(document)


class TileItemsView(MosaicView):
    @extend_schema(
        operation_id="search_tile_assets",
        summary="Which items make a tile",
        parameters=[openapi.SEARCH_ID, *openapi.PLACE, *openapi.STYLE],
        responses=openapi.DOCUMENT,
    )
    def get(self, request: Request, search_id: str, **kwargs: Any) -> Response:
        """In their order; `used`: whether pixels of it were looked at before the tile was full."""
        asked = parse_request(request, search_id)
        spot, plan, limits = parse_spot(request, asked.layer, kwargs), asked.plan, tiles_settings().limits
        found = Mosaic(None, ())
        if plan and spot.items:
            members = [item.sources for item in spot.items]
            with deadline(limits.render_seconds):
                found = render_mosaic(members, spot.grid, spot.area, plan=plan, limits=limits)
        items = [
            {"collection": item.collection_id, "id": item.item_id, "used": number in found.used}
            for number, item in enumerate(spot.items)
        ]
        return _with_reason(Response({"items": items}), found.incomplete)


class MatrixSetTileItemsView(TileItemsView):
    @extend_schema(
        operation_id="search_matrix_set_tile_assets",
        summary="Which items make a tile of a tile matrix set",
        parameters=[openapi.SEARCH_ID, openapi.MATRIX_SET, *openapi.PLACE, *openapi.STYLE],
        responses=openapi.DOCUMENT,
    )
    def get(self, request: Request, search_id: str, **kwargs: Any) -> Response:
        """Likewise."""
        return super().get(request, search_id, **kwargs)


class PointView(MosaicView):
    @extend_schema(
        operation_id="search_point",
        summary="Values of all items at a point",
        parameters=[openapi.SEARCH_ID, *openapi.POINT, openapi.ASSETS, *openapi.BANDS],
        responses=openapi.DOCUMENT,
    )
    def get(self, request: Request, search_id: str, longitude: str, latitude: str) -> Response:
        """Raw values of each item that has the point, in the search's order; null where a pixel is missing."""
        x, y = q.number("longitude", longitude), q.number("latitude", latitude)
        if not (abs(x) <= 180 and abs(y) <= 90):
            raise InvalidParameter("A point is a longitude within ±180 and a latitude within ±90")
        asked, limits = parse_request(request, search_id), tiles_settings().limits
        items = asked.layer.items_at(x, y)
        with deadline(limits.render_seconds):
            values, reason = _values(items[: limits.mosaic_items], asked, x=x, y=y)
        reason = reason or ("items" if len(items) > limits.mosaic_items else "")
        return _with_reason(Response({"coordinates": [x, y], "values": values}), reason)


def _values(items: Found, asked: Asked, *, x: float, y: float) -> tuple[list[dict[str, Any]], str]:
    found: list[dict[str, Any]] = []
    reason, limits = "", tiles_settings().limits
    end = time.monotonic() + limits.mosaic_seconds
    for item in items:
        if time.monotonic() > end:
            return found, "time"
        try:
            with lease_sources(item.sources, limits=limits) as sources:
                layers = point_layers(sources, np.array([x]), np.array([y]), crs=WGS84, style=asked.style)
        except OutsideBounds:
            continue
        except BROKEN:
            reason = "unreadable"
            continue
        values = {"values": [layer_values(one)[0] for one in layers], "band_names": [one.name for one in layers]}
        found.append({"collection": item.collection_id, "id": item.item_id, **values})
    return found, reason


def _with_reason(response: Response, reason: str) -> Response:
    if reason:
        response[INCOMPLETE] = reason
    return response


def _bounds(layer: Layer) -> tuple[float, ...]:
    """Of the area that is searched, else of the collections that the reader sees."""
    boxes: list[tuple[float, float, float, float]] = [area.extent for area in layer.query.areas or ()]
    if not boxes:
        known = Collection.objects.filter(pk__in=layer.audience.collections, bbox__isnull=False)
        boxes = [_flat(bbox) for bbox in known.values_list("bbox", flat=True) if bbox]
    if not boxes:
        return WORLD
    if any(west > east for west, _, east, _ in boxes):
        boxes.append((-180.0, boxes[0][1], 180.0, boxes[0][3]))
    west, south, east, north = shapely.total_bounds([shapely.box(*box) for box in boxes]).tolist()
    return west, max(south, WORLD[1]), east, min(north, WORLD[3])


def _flat(bbox: list[float]) -> tuple[float, float, float, float]:
    """Without heights."""
    half = len(bbox) // 2
    return bbox[0], bbox[1], bbox[half], bbox[half + 1]


def _zooms(layer: Layer, chosen: Grid) -> tuple[int, int]:
    """From where the first image is a tile or so, to where its pixels are a tile's."""
    for item in [item for item in layer.samples if item.sources][:1]:
        try:
            with POOL.lease(item.sources[0], limits=tiles_settings().limits) as source:
                if isinstance(source, RasterSource) and source.is_geospatial:
                    return zoom_range(source, chosen)
        except BROKEN:
            break
    return 0, min(chosen.maxzoom, 18)
