"""Serve raw values of an image at single places and along lines, with the mixins of all other data routes."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter
from tiles.geo.grids import PIXELS, Grid
from tiles.regions.points import layer_values
from tiles.regions.profile import Line, describe_profile, sample_line
from tiles.regions.shapes import LINES, parse_shapes
from tiles.regions.values import Layer
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.imagery import Values
from tiles.rest.region import RegionMixin
from tiles.rest.responses import declared, incomplete, json_response
from tiles.rest.statistics import StatisticsMixin

NUMBER_PATH = r"-?[\d.]{1,24}"
POINT_PATH = rf"(?P<longitude>{NUMBER_PATH}),(?P<latitude>{NUMBER_PATH})"
DEFAULT_SAMPLES = 256
RESPONSES = declared("Values of all bands.", errors=(400, 404, 413, 502, 503))
VALUES = [*p.BANDS, *p.ONE_PLANE, *p.VARIABLE]


class DataMixin(RegionMixin, StatisticsMixin):
    @extend_schema(summary="Values of one pixel", parameters=[*p.PIXEL, *VALUES], responses=RESPONSES)
    @action(detail=True, url_path="data/pixel")
    def pixel(self, request: Request, **_: Any) -> HttpResponse:
        """Return the raw values of all bands at a pixel; null where it is missing.

        With `coord_crs`, `left` and `top` are coordinates, and the answer says which pixel is there.
        """
        place = requested_pixel(request.query_params)
        found = self.find_imagery(request).pixel(*place)
        return _values_response(found, describe_pixel(found.layers))

    @extend_schema(summary="Values at a point", parameters=[*p.PLACE, p.COORD_CRS, *VALUES], responses=RESPONSES)
    @action(detail=True, url_path=f"data/point/{POINT_PATH}")
    def point(self, request: Request, longitude: str, latitude: str, **_: Any) -> HttpResponse:
        """Return the raw values of all bands at x,y in degrees or in `coord_crs`; null where the pixel is missing."""
        x, y = p.LONGITUDE.parse_number(longitude), p.LATITUDE.parse_number(latitude)
        found = self.find_imagery(request).point(x, y, p.COORD_CRS.crs(request.query_params))
        return _values_response(found, {"coordinates": [x, y], **describe_point(found.layers)})

    @extend_schema(summary="Values along a line", methods=["GET"], parameters=[*p.LINE, *VALUES], responses=RESPONSES)
    @extend_schema(
        summary="Values along a posted line",
        methods=["POST"],
        parameters=[*p.POSTED_LINE, *VALUES],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        responses=RESPONSES,
        examples=[p.LINE_EXAMPLE],
    )
    @action(detail=True, methods=["get", "post"], url_path="data/profile")
    def profile(self, request: Request, **_: Any) -> HttpResponse:
        """Return raw values of all bands at equal distances along a line, and each point's metres from its start."""
        imagery, (line, system) = self.find_imagery(request), requested_line(request)
        found = imagery.line(line, system)
        return _values_response(found, describe_profile(line, system, found.layers))


def _values_response(found: Values, document: dict[str, Any]) -> HttpResponse:
    return incomplete(json_response(document | found.metadata), found.incomplete)


def requested_pixel(query: QueryDict) -> tuple[float, float, Grid]:
    """Return ``left``, ``top`` and the system that they are in: pixels unless the query says otherwise."""
    return p.PIXEL_LEFT.number(query), p.PIXEL_TOP.number(query), p.PIXEL_CRS.crs(query, default=PIXELS)


def requested_line(request: Request) -> tuple[Line, Grid]:
    """Return points along the line that is drawn or posted, and the system that their coordinates are of.

    Raises InvalidParameter, TooLarge.
    """
    query = request.query_params
    system = p.COORD_CRS.crs(query)
    samples = p.SAMPLES.integer(query, default=DEFAULT_SAMPLES)
    geometry = _posted(request) if request.method == "POST" else _drawn(request)
    return sample_line(geometry, system, samples=samples), system


def _posted(request: Request) -> BaseGeometry:
    limits = tiles_settings().limits
    shapes, is_collection = parse_shapes(q.read_body(request, limits=limits), kinds=LINES, limits=limits)
    if is_collection:
        raise InvalidParameter("Post one line: a LineString, or a Feature with one")
    return shapes[0].geometry


def _drawn(request: Request) -> BaseGeometry:
    ordinates = p.VERTICES.numbers(request.query_params, most=2 * tiles_settings().limits.profile_samples)
    if len(ordinates) < 4 or len(ordinates) % 2:
        raise InvalidParameter("line must be x,y of two vertices or more, one after the other")
    return LineString(list(zip(ordinates[::2], ordinates[1::2], strict=True)))


def describe_point(layers: Sequence[Layer]) -> dict[str, Any]:
    """Return the values of one pixel; ``layers``: of one pixel each."""
    values = [layer_values(layer)[0] for layer in layers]
    return {"values": values, "band_names": [layer.name for layer in layers]}


def describe_pixel(layers: Sequence[Layer]) -> dict[str, Any]:
    """Return the values of one pixel, also by number, as django-large-image has them."""
    document = describe_point(layers)
    return document | {"bands": {str(number): value for number, value in enumerate(document["values"], 1)}}
