"""Values at a point: what a layer shows there, and what each of its items has."""

import time
from typing import Any

import numpy as np
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.conf import tiles_settings
from tiles.deadline import deadline
from tiles.description import WGS84
from tiles.errors import InvalidParameter, OutsideBounds
from tiles.mosaics.members import BROKEN
from tiles.mosaics.values import mosaic_point
from tiles.pool import lease_sources
from tiles.regions.crs import is_same, transform_points
from tiles.regions.values import Layer as Values
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.body import json_response
from tiles.values import layer_values, point_layers

from . import openapi
from .answers import incomplete, used_items
from .asking import Asked, parse_request
from .layer import Found
from .views import MosaicView


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
        if system.is_pixels:
            raise InvalidParameter("coord_crs can't be pixels: a mosaic has none of its own")
        east, north = (x, y) if is_same(system, WGS84) else transform_points(system, WGS84)(np.array([[x, y]]))[0]
        check_degrees(east, north)
        limits, items, plan = tiles_settings().limits, asked.layer.items_at(east, north), asked.values
        if plan is None or not items:
            raise OutsideBounds("No image of the layer lies there")
        with deadline(limits.render_seconds):
            found = mosaic_point(items, east, north, plan=plan, limits=limits)
        document = {"coordinates": [x, y], **_describe(found.layers), "items": used_items(items, found.used)}
        return incomplete(json_response(document), found.incomplete)


class ItemPointsView(MosaicView):
    @extend_schema(
        operation_id="search_point",
        summary="Values of all items at a point",
        parameters=[openapi.SEARCH_ID, *openapi.POINT, openapi.ASSETS, openapi.DATETIME, *openapi.BANDS],
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
        found.append({"collection": item.collection_id, "id": item.item_id, **_describe(layers)})
    return found, reason


def _describe(layers: list[Values] | tuple[Values, ...]) -> dict[str, Any]:
    values = [layer_values(Values(one.name, one.values.ravel(), one.shown.ravel()))[0] for one in layers]
    return {"values": values, "band_names": [one.name for one in layers]}
