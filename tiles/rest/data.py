"""Pixels of an image outside the tile grid: thumbnails and values."""

import math
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.cache import cached_tile
from tiles.conf import tiles_settings
from tiles.deadline import deadline
from tiles.encode import encode, image_format
from tiles.errors import InvalidParameter
from tiles.pool import POOL
from tiles.preview import DEFAULT_SIDE, preview_picture
from tiles.rest.source import SourceMixin
from tiles.style import number, parse_style
from tiles.values import pixel_values, values_at

POINT_PATH = r"(?P<longitude>-?[\d.]{1,24}),(?P<latitude>-?[\d.]{1,24})"


class DataMixin(SourceMixin):
    @extend_schema(summary="Thumbnail of an image", responses={(200, "image/*"): OpenApiTypes.BINARY})
    @action(detail=True, url_path=r"data/thumbnail\.(?P<image_format>\w{1,20})")
    def thumbnail(self, request: Request, **kwargs: Any) -> HttpResponse:
        target = image_format(kwargs["image_format"])
        style = parse_style(request.query_params)
        limits = tiles_settings().limits
        side = request.query_params.get("max_size", str(DEFAULT_SIDE))
        if not (side.isascii() and side.isdecimal() and len(side) <= 9):
            raise InvalidParameter(f"max_size must be a whole number, not {side!r}")
        ref = self.find_reference(request)

        def render() -> bytes:
            with deadline(limits.render_seconds), POOL.lease(ref, limits=limits) as source:
                return encode(preview_picture(source, max_size=int(side), style=style, limits=limits), target)

        parts = ("thumbnail", side, style.canonical, target.name)
        return self.conditional_image(
            request, (ref,), parts=parts, media_type=target.media_type, make=lambda key: cached_tile(key, render)
        )

    @extend_schema(summary="Values of one pixel", responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path="data/pixel")
    def pixel(self, request: Request, **_: Any) -> Response:
        """``left`` and ``top``: pixels from the image's upper left corner."""
        left, top = (math.floor(number(name, request.query_params.get(name, ""))) for name in ("left", "top"))
        with self.open(request) as source:
            return Response({"left": left, "top": top, "values": pixel_values(source, left, top)})

    @extend_schema(summary="Values at a point on Earth", responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path=f"data/point/{POINT_PATH}")
    def point(self, request: Request, longitude: str, latitude: str, **_: Any) -> Response:
        lon, lat = number("longitude", longitude), number("latitude", latitude)
        with self.open(request) as source:
            return Response({"coordinates": [lon, lat], "values": values_at(source, lon, lat)})
