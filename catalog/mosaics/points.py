"""Values at a point: what a layer shows there, and what each of its items has."""

import time
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.mosaics import openapi
from catalog.mosaics.answers import incomplete, named, used_items
from catalog.mosaics.asking import Asked, parse_request
from catalog.mosaics.layer import Found
from catalog.mosaics.views import MosaicView
from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter, OutsideBounds
from tiles.geo.crs import is_same, to_degrees
from tiles.geo.grids import WGS84, Grid
from tiles.limits import deadline
from tiles.mosaics.members import BROKEN
from tiles.mosaics.points import mosaic_points
from tiles.mosaics.values import MosaicLayers
from tiles.regions.points import point_layers
from tiles.regions.values import Layer as Values
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.body import json_response
from tiles.rest.data import describe_point
from tiles.sources.pool import lease_sources


class PointView(MosaicView):
    @extend_schema(
        operation_id="search_data_point",
        summary="Values of a search at a point",
        parameters=[openapi.SEARCH_ID, *openapi.POINT, p.COORD_CRS, *openapi.VALUES],
        responses=openapi.DATA,
    )
    def get(self, request: Request, search_id: str, longitude: str, latitude: str) -> HttpResponse:
        """Raw values of all bands, of the items that `pixel_selection` takes; null where there is no pixel."""
        x, y = q.number("longitude", longitude), q.number("latitude", latitude)
        system, asked = q.crs(request.query_params, "coord_crs"), parse_request(request, search_id)
        items, found = find_values(asked, x, y, system)
        document = {"coordinates": [x, y], **describe_point(flat(found.layers))}
        return incomplete(json_response(document | {"items": used_items(items, found.used)}), found.incomplete)


def find_values(asked: Asked, x: float, y: float, system: Grid) -> tuple[Found, MosaicLayers]:
    """The items that lie at a point, and what is shown of them there. Raises InvalidParameter, OutsideBounds."""
    check_system(system)
    point, limits = np.array([[x, y]]), tiles_settings().limits
    east, north = (x, y) if is_same(system, WGS84) else to_degrees(point, system)[0].tolist()
    check_degrees(east, north)
    items, plan = asked.layer.items_at(east, north), asked.values
    if plan is None or not items:
        raise OutsideBounds("No image of the layer lies there")
    with deadline(limits.render_seconds):
        return items, mosaic_points(items, point, system, plan=plan, limits=limits)


def check_system(system: Grid) -> None:
    """Raises InvalidParameter for pixels."""
    if system.is_pixels:
        raise InvalidParameter("coord_crs can't be pixels: a mosaic has none of its own")


def flat(layers: Iterable[Values]) -> list[Values]:
    """Layers of one row."""
    return [Values(one.name, one.values.ravel(), one.shown.ravel()) for one in layers]


class ItemPointsView(MosaicView):
    @extend_schema(
        operation_id="search_point",
        summary="Values of all items at a point",
        parameters=[openapi.SEARCH_ID, *openapi.POINT, *openapi.ITEMS_SHOWN, *openapi.BANDS],
        responses=openapi.DOCUMENT,
    )
    def get(self, request: Request, search_id: str, longitude: str, latitude: str) -> Response:
        """Raw values of each item that has the point, in the search's order; null where a pixel is missing."""
        x, y = q.number("longitude", longitude), q.number("latitude", latitude)
        check_degrees(x, y)
        asked, limits = parse_request(request, search_id), tiles_settings().limits
        items = asked.layer.items_at(x, y)
        with deadline(limits.render_seconds):
            values, reason = _values(items[: limits.mosaic_items], asked, x=x, y=y)
        reason = reason or ("items" if len(items) > limits.mosaic_items else "")
        return incomplete(Response({"coordinates": [x, y], "values": values}), reason)


def check_degrees(longitude: float, latitude: float) -> None:
    """Raises InvalidParameter. NaN, where a system has no place for a point, is neither."""
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise InvalidParameter("A point is a longitude within ±180 and a latitude within ±90")


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
        found.append({**named(item), **describe_point(layers)})
    return found, reason
