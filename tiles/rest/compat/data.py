"""Serve django-large-image's ``data/…`` routes."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.conf import tiles_settings
from tiles.encoding.pillow import any_format
from tiles.geo.grids import PIXELS
from tiles.limits import deadline
from tiles.rest import parameters as p
from tiles.rest.compat.base import BASE_PARAMETERS, FORMAT, STYLE_PARAMETERS, LargeImageBase
from tiles.rest.compat.region import DEGREES, PIXEL_UNITS, Box, cut
from tiles.rest.compat.tiles import histograms, pixel, render_thumbnail
from tiles.rest.data import DataMixin
from tiles.rest.imagery import Reading
from tiles.rest.query import SIDES
from tiles.sources.pool import POOL
from tiles.styling.style import parse_style

DEFAULT_SIDE = 256
MAX_WIDTH, MAX_HEIGHT = (
    p.Parameter(name, p.INT, f"Pixels {way}, at most.", DEFAULT_SIDE, low=1, limit="output_side")
    for name, way in (("max_width", "across"), ("max_height", "down"))
)
PIXEL_LEFT, PIXEL_TOP = (
    p.Parameter(name, p.INT, f"Pixels from the {side} side.", 100, low=0, high=2**31, required=True)
    for name, side in (("left", "left"), ("top", "upper"))
)
BINS = p.Parameter("bins", p.INT, "How many buckets.", 256, low=1, limit="buckets")
ONLY_RANGE = p.Parameter("onlyMinMax", p.BOOL, "The least and the greatest value alone.", False)
# What django-large-image's clients send when they mean nothing.
_NOTHING = ("none", "null", "undefined")
IMAGE = {(200, "image/*"): OpenApiTypes.BINARY}


def _flag(parameter: p.Parameter, query: QueryDict) -> bool:
    """Return what a word says, as on every route; a client's word for nothing says no. Raises InvalidParameter."""
    return parameter.text(query).lower() not in _NOTHING and parameter.boolean(query)


class LargeImageDataMixin(LargeImageBase, DataMixin):
    @extend_schema(
        summary="Returns thumbnail of full image.",
        parameters=[MAX_WIDTH, MAX_HEIGHT, *BASE_PARAMETERS, *STYLE_PARAMETERS],
        responses=IMAGE,
    )
    @action(detail=True, url_path="data/thumbnail" + FORMAT)
    def thumbnail(  # type: ignore[override]
        self, request: Request, pk: Any = None, fmt: str = "png", **_: Any
    ) -> HttpResponseBase:
        """Show the whole image within ``max_width`` x ``max_height`` pixels, 256 each by default."""
        del pk
        limits = tiles_settings().limits
        size = (
            MAX_WIDTH.integer(request.query_params, default=DEFAULT_SIDE),
            MAX_HEIGHT.integer(request.query_params, default=DEFAULT_SIDE),
        )
        target, style, ref = any_format(fmt), parse_style(request.query_params), self.find_one(request)
        projection = self.find_projection(request)

        def render() -> bytes:
            with deadline(limits.render_seconds), POOL.lease(ref, limits=limits) as source:
                grid = self.find_grid(source, projection or PIXELS)
                return target.encode(render_thumbnail(source, grid, size=size, style=style, limits=limits))

        reading = Reading.complete(
            (ref,), ("large-image thumbnail", ref.driver, projection, *size, style.canonical, target.name), render
        )
        return self.respond(request, reading, media_type=target.media_type)

    @extend_schema(
        summary="Returns region tile binary.",
        parameters=[*p.SIDES, *BASE_PARAMETERS, *STYLE_PARAMETERS],
        responses=IMAGE,
    )
    @action(detail=True, url_path="data/region" + FORMAT)
    def region(  # type: ignore[override, unused-ignore]
        self, request: Request, pk: Any = None, fmt: str = "tiff", **_: Any
    ) -> HttpResponseBase:
        """Cut ``left``, ``top``, ``right``, ``bottom`` in ``units``: pixels, or a code, EPSG:4326 on Earth."""
        del pk
        limits, target, style = tiles_settings().limits, any_format(fmt), parse_style(request.query_params)
        edges = {side.name: side.number(request.query_params) for side in SIDES}
        projection = self.find_projection(request)
        with deadline(limits.render_seconds), self.open(request) as source:
            units = p.UNITS.text(request.query_params) or (DEGREES if source.is_geospatial else PIXEL_UNITS[0])
            box = Box(**edges, units=units.lower() if units.lower() in PIXEL_UNITS else units)
            grid = self.find_grid(source, projection or PIXELS)
            content = cut(source, box, target=target, style=style, grid=grid, limits=limits)
        return HttpResponse(content, content_type=target.media_type)

    @extend_schema(
        summary="Returns single pixel.",
        parameters=[PIXEL_LEFT, PIXEL_TOP, *BASE_PARAMETERS, *STYLE_PARAMETERS],
        responses=OpenApiTypes.OBJECT,
    )
    @action(detail=True, url_path="data/pixel")
    def pixel(  # type: ignore[override]
        self,
        request: Request,
        pk: Any = None,  # noqa: ARG002
        **_: Any,
    ) -> Response:
        left, top = (side.integer(request.query_params) for side in (PIXEL_LEFT, PIXEL_TOP))
        style = parse_style(request.query_params)
        with self.open(request) as source:
            return Response(pixel(source, self.requested_grid(request, source), left, top, style=style))

    @extend_schema(
        summary="Returns histogram",
        parameters=[BINS, p.DENSITY, ONLY_RANGE, *BASE_PARAMETERS],
        responses=OpenApiTypes.OBJECT,
    )
    @action(detail=True, url_path="data/histogram")
    def histogram(  # type: ignore[override, unused-ignore]
        self, request: Request, pk: Any = None, **_: Any
    ) -> Response:
        """Count raw values: ``bins`` (256), ``density``, ``onlyMinMax``."""
        del pk
        bins = BINS.integer(request.query_params, default=256)
        density, only = (_flag(each, request.query_params) for each in (p.DENSITY, ONLY_RANGE))
        with self.open(request) as source:
            return Response(histograms(source, bins=bins, density=density, only_range=only))
