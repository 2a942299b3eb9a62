"""Serve django-large-image's ``data/…`` routes."""

from typing import Any

from django.http import HttpResponse
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
from tiles.rest.compat.base import BASE_PARAMETERS, FORMAT, STYLE_PARAMETERS, LargeImageBase, whole_number
from tiles.rest.compat.region import DEGREES, PIXEL_UNITS, Box, cut
from tiles.rest.compat.tiles import histograms, pixel, render_thumbnail
from tiles.rest.data import DataMixin
from tiles.rest.imagery import Reading
from tiles.sources.pool import POOL
from tiles.styling.style import number, parse_style

DEFAULT_SIDE = 256
MOST_BINS = 65_536
EDGES = ("left", "top", "right", "bottom")
_FALSE = ("", "false", "none", "null", "undefined", "0")
IMAGE = {(200, "image/*"): OpenApiTypes.BINARY}


class LargeImageDataMixin(LargeImageBase, DataMixin):
    @extend_schema(
        summary="Returns thumbnail of full image.", parameters=[*BASE_PARAMETERS, *STYLE_PARAMETERS], responses=IMAGE
    )
    @action(detail=True, url_path="data/thumbnail" + FORMAT)
    def thumbnail(  # type: ignore[override]
        self, request: Request, pk: Any = None, fmt: str = "png", **_: Any
    ) -> HttpResponseBase:
        """Show the whole image within ``max_width`` x ``max_height`` pixels, 256 each by default."""
        del pk
        limits = tiles_settings().limits
        size = (
            whole_number(request, "max_width", default=DEFAULT_SIDE, lowest=1, highest=limits.output_side),
            whole_number(request, "max_height", default=DEFAULT_SIDE, lowest=1, highest=limits.output_side),
        )
        target, style, ref = any_format(fmt), parse_style(request.query_params), self.find_reference(request)
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
        summary="Returns region tile binary.", parameters=[*BASE_PARAMETERS, *STYLE_PARAMETERS], responses=IMAGE
    )
    @action(detail=True, url_path="data/region" + FORMAT)
    def region(  # type: ignore[override, unused-ignore]
        self, request: Request, pk: Any = None, fmt: str = "tiff", **_: Any
    ) -> HttpResponseBase:
        """Cut ``left``, ``top``, ``right``, ``bottom`` in ``units``: pixels, or a code, EPSG:4326 on Earth."""
        del pk
        limits, target, style = tiles_settings().limits, any_format(fmt), parse_style(request.query_params)
        edges = {name: number(name, request.query_params.get(name, "")) for name in EDGES}
        projection = self.find_projection(request)
        with deadline(limits.render_seconds), self.open(request) as source:
            units = request.query_params.get("units", "")
            units = units or (DEGREES if source.is_geospatial else PIXEL_UNITS[0])
            box = Box(**edges, units=units.lower() if units.lower() in PIXEL_UNITS else units)
            grid = self.find_grid(source, projection or PIXELS)
            content = cut(source, box, target=target, style=style, grid=grid, limits=limits)
        return HttpResponse(content, content_type=target.media_type)

    @extend_schema(
        summary="Returns single pixel.", parameters=[*BASE_PARAMETERS, *STYLE_PARAMETERS], responses=OpenApiTypes.OBJECT
    )
    @action(detail=True, url_path="data/pixel")
    def pixel(  # type: ignore[override]
        self,
        request: Request,
        pk: Any = None,  # noqa: ARG002
        **_: Any,
    ) -> Response:
        left, top = (whole_number(request, name, highest=2**31) for name in ("left", "top"))
        style = parse_style(request.query_params)
        with self.open(request) as source:
            return Response(pixel(source, self.requested_grid(request, source), left, top, style=style))

    @extend_schema(summary="Returns histogram", parameters=BASE_PARAMETERS, responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path="data/histogram")
    def histogram(  # type: ignore[override, unused-ignore]
        self, request: Request, pk: Any = None, **_: Any
    ) -> Response:
        """Count raw values: ``bins`` (256), ``density``, ``onlyMinMax``."""
        del pk
        bins = whole_number(request, "bins", default=256, lowest=1, highest=MOST_BINS)
        density, only = (request.query_params.get(name, "").lower() not in _FALSE for name in ("density", "onlyMinMax"))
        with self.open(request) as source:
            return Response(histograms(source, bins=bins, density=density, only_range=only))
