"""Pixels of an image outside the tile grid: single values and values along a line; the rest in mixins of its own."""

import math
from typing import Any

import numpy as np
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from shapely.geometry import LineString

from tiles.conf import tiles_settings
from tiles.deadline import deadline
from tiles.errors import InvalidParameter
from tiles.pool import lease_sources
from tiles.regions.profile import line_profile, sample_line
from tiles.regions.shapes import LINES, parse_shapes
from tiles.regions.values import Layer
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.body import json_response, read_body
from tiles.rest.region import RegionMixin
from tiles.rest.responses import answers
from tiles.rest.statistics import StatisticsMixin
from tiles.style import parse_style
from tiles.values import layer_values, pixel_layers, point_layers

NUMBER_PATH = r"-?[\d.]{1,24}"
POINT_PATH = rf"(?P<longitude>{NUMBER_PATH}),(?P<latitude>{NUMBER_PATH})"
DEFAULT_SAMPLES = 256
ANSWERS = answers("Values of all bands.", errors=(400, 404, 413, 502, 503))
VALUES = [*p.BANDS, *p.ONE_PLANE, p.SUBDATASET]
LINE = [
    p.parameter("line", p.STR, "x,y of each vertex, one after the other.", "-77,39.7,-76.9,39.8"),
    p.SAMPLES,
    p.COORD_CRS,
    *VALUES,
]


class DataMixin(RegionMixin, StatisticsMixin):
    @extend_schema(
        summary="Values of one pixel",
        parameters=[
            p.parameter("left", p.INT, "Pixels from the image's left side.", 100, low=0, required=True),
            p.parameter("top", p.INT, "Pixels from the image's upper side.", 100, low=0, required=True),
            *VALUES,
        ],
        responses=ANSWERS,
    )
    @action(detail=True, url_path="data/pixel")
    def pixel(self, request: Request, **_: Any) -> HttpResponse:
        """Raw values of all bands at a pixel; null where it is missing."""
        query = request.query_params
        left, top = (math.floor(q.number(name, q.text(query, name))) for name in ("left", "top"))
        style, limits = parse_style(query), tiles_settings().limits
        with lease_sources(self.find_references(request), limits=limits) as sources:
            layers = pixel_layers(sources, left, top, style=style)
        document = _describe(layers)
        numbered = {str(number): value for number, value in enumerate(document["values"], 1)}
        return json_response({"left": left, "top": top, **document, "bands": numbered})

    @extend_schema(summary="Values at a point", parameters=[*p.PLACE, p.COORD_CRS, *VALUES], responses=ANSWERS)
    @action(detail=True, url_path=f"data/point/{POINT_PATH}")
    def point(self, request: Request, longitude: str, latitude: str, **_: Any) -> HttpResponse:
        """Raw values of all bands at x,y in degrees or in `coord_crs`; null where the pixel is missing."""
        query = request.query_params
        x, y = q.number("longitude", longitude), q.number("latitude", latitude)
        system, style, limits = q.crs(query, "coord_crs"), parse_style(query), tiles_settings().limits
        with lease_sources(self.find_references(request), limits=limits) as sources:
            layers = point_layers(sources, np.array([x]), np.array([y]), crs=system, style=style)
        return json_response({"coordinates": [x, y], **_describe(layers)})

    @extend_schema(summary="Values along a line", methods=["GET"], parameters=LINE, responses=ANSWERS)
    @extend_schema(
        summary="Values along a posted line",
        methods=["POST"],
        parameters=LINE[1:],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        responses=ANSWERS,
        examples=[p.LINE_EXAMPLE],
    )
    @action(detail=True, methods=["get", "post"], url_path="data/profile")
    def profile(self, request: Request, **_: Any) -> HttpResponse:
        """Raw values of all bands at equal distances along a line, and how many metres each is from its start."""
        query, limits = request.query_params, tiles_settings().limits
        system, style = q.crs(query, "coord_crs"), parse_style(query)
        samples = q.integer(query, "samples", low=2, high=limits.profile_samples, default=DEFAULT_SAMPLES)
        if request.method == "POST":
            shapes, is_collection = parse_shapes(read_body(request, limits=limits), kinds=LINES, limits=limits)
            if is_collection:
                raise InvalidParameter("Post one line: a LineString, or a Feature with one")
            geometry = shapes[0].geometry
        else:
            ordinates = q.numbers(query, "line", most=2 * limits.profile_samples)
            if len(ordinates) < 4 or len(ordinates) % 2:
                raise InvalidParameter("line must be x,y of two vertices or more, one after the other")
            geometry = LineString(list(zip(ordinates[::2], ordinates[1::2], strict=True)))
        line = sample_line(geometry, system, samples=samples)
        with deadline(limits.render_seconds), lease_sources(self.find_references(request), limits=limits) as sources:
            return json_response(line_profile(sources, line, system, style=style))


def _describe(layers: list[Layer]) -> dict[str, Any]:
    return {"values": [layer_values(layer)[0] for layer in layers], "band_names": [layer.name for layer in layers]}
