"""Pixels of an image outside the tile grid: single values and values along a line; the rest in mixins of its own."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.http import HttpResponse, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.geo.grids import PIXELS, Grid
from tiles.limits import deadline
from tiles.regions.points import layer_values, pixel_at, pixel_layers, point_layers
from tiles.regions.profile import line_profile
from tiles.regions.values import Layer
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.body import json_response
from tiles.rest.line import LINE, POSTED_LINE, requested_line
from tiles.rest.region import RegionMixin
from tiles.rest.responses import answers
from tiles.rest.statistics import StatisticsMixin
from tiles.sources.pool import lease_sources
from tiles.styling.style import parse_style

NUMBER_PATH = r"-?[\d.]{1,24}"
POINT_PATH = rf"(?P<longitude>{NUMBER_PATH}),(?P<latitude>{NUMBER_PATH})"
ANSWERS = answers("Values of all bands.", errors=(400, 404, 413, 502, 503))
VALUES = [*p.BANDS, *p.ONE_PLANE, p.SUBDATASET]
PIXEL = [
    p.parameter("left", p.NUMBER, "Pixels from the image's left side; x in `coord_crs`.", 100, required=True),
    p.parameter("top", p.NUMBER, "Pixels from the image's upper side; y in `coord_crs`.", 100, required=True),
    p.parameter("coord_crs", p.STR, "The system of `left` and `top`, `pixels` unless given.", "EPSG:4326"),
]


class DataMixin(RegionMixin, StatisticsMixin):
    @extend_schema(summary="Values of one pixel", parameters=[*PIXEL, *VALUES], responses=ANSWERS)
    @action(detail=True, url_path="data/pixel")
    def pixel(self, request: Request, **_: Any) -> HttpResponse:
        """Raw values of all bands at a pixel; null where it is missing.

        With `coord_crs`, `left` and `top` are coordinates, and the answer says which pixel is there.
        """
        query = request.query_params
        x, y, system = requested_pixel(query)
        style, limits = parse_style(query), tiles_settings().limits
        with lease_sources(self.find_references(request), limits=limits) as sources:
            is_pixel = system.is_pixels
            left, top = (math.floor(x), math.floor(y)) if is_pixel else pixel_at(sources[0], x, y, system)
            layers = pixel_layers(sources, left, top, style=style)
        place = {"left": left, "top": top} | ({} if is_pixel else {"coordinates": [x, y]})
        return json_response(place | describe_pixel(layers))

    @extend_schema(summary="Values at a point", parameters=[*p.PLACE, p.COORD_CRS, *VALUES], responses=ANSWERS)
    @action(detail=True, url_path=f"data/point/{POINT_PATH}")
    def point(self, request: Request, longitude: str, latitude: str, **_: Any) -> HttpResponse:
        """Raw values of all bands at x,y in degrees or in `coord_crs`; null where the pixel is missing."""
        query = request.query_params
        x, y = q.number("longitude", longitude), q.number("latitude", latitude)
        system, style, limits = q.crs(query, "coord_crs"), parse_style(query), tiles_settings().limits
        with lease_sources(self.find_references(request), limits=limits) as sources:
            layers = point_layers(sources, np.array([x]), np.array([y]), crs=system, style=style)
        return json_response({"coordinates": [x, y], **describe_point(layers)})

    @extend_schema(summary="Values along a line", methods=["GET"], parameters=[*LINE, *VALUES], responses=ANSWERS)
    @extend_schema(
        summary="Values along a posted line",
        methods=["POST"],
        parameters=[*POSTED_LINE, *VALUES],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        responses=ANSWERS,
        examples=[p.LINE_EXAMPLE],
    )
    @action(detail=True, methods=["get", "post"], url_path="data/profile")
    def profile(self, request: Request, **_: Any) -> HttpResponse:
        """Raw values of all bands at equal distances along a line, and how many metres each is from its start."""
        limits, style = tiles_settings().limits, parse_style(request.query_params)
        line, system = requested_line(request)
        with deadline(limits.render_seconds), lease_sources(self.find_references(request), limits=limits) as sources:
            return json_response(line_profile(sources, line, system, style=style))


def requested_pixel(query: QueryDict) -> tuple[float, float, Grid]:
    """``left``, ``top`` and the system that they are in: pixels unless the query says otherwise."""
    x, y = (q.number(name, q.text(query, name)) for name in ("left", "top"))
    return x, y, q.crs(query, "coord_crs", default=PIXELS)


def describe_point(layers: Sequence[Layer]) -> dict[str, Any]:
    """``layers``: of one pixel each."""
    values = [layer_values(layer)[0] for layer in layers]
    return {"values": values, "band_names": [layer.name for layer in layers]}


def describe_pixel(layers: Sequence[Layer]) -> dict[str, Any]:
    """Likewise, and the values by number, as django-large-image has them."""
    document = describe_point(layers)
    return document | {"bands": {str(number): value for number, value in enumerate(document["values"], 1)}}
