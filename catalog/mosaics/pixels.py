"""The pixel that a layer shows at a place, and which pixel of which item it is."""

import math
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from catalog.mosaics import openapi
from catalog.mosaics.answers import incomplete, used_items
from catalog.mosaics.asking import Asked, parse_request
from catalog.mosaics.counting import value_plan
from catalog.mosaics.layer import Found
from catalog.mosaics.points import find_values, flat
from catalog.mosaics.views import MosaicView
from tiles.conf import tiles_settings
from tiles.errors import UnsupportedOperation
from tiles.limits import deadline
from tiles.mosaics.points import find_pixels, mosaic_pixel
from tiles.mosaics.values import MosaicLayers
from tiles.rest import parameters as p
from tiles.rest.body import json_response
from tiles.rest.data import describe_pixel, requested_pixel

PLACE = [
    p.parameter("left", p.NUMBER, "x in `coord_crs`.", -76.95, required=True),
    p.parameter("top", p.NUMBER, "y in `coord_crs`.", 39.75, required=True),
    p.parameter("coord_crs", p.STR, "The system of `left` and `top`; of one image alone `pixels`.", "EPSG:4326"),
]


class PixelView(MosaicView):
    @extend_schema(
        operation_id="search_pixel",
        summary="Values of one pixel of a search",
        parameters=[openapi.SEARCH_ID, *PLACE, *openapi.VALUES],
        responses=openapi.DATA,
    )
    def get(self, request: Request, search_id: str) -> HttpResponse:
        """Raw values of all bands; null where the pixel is missing. `items` says which pixel of which item it is.

        Images that lie on each other have no pixels in common: `coord_crs` says what `left` and `top` are in. Only a
        layer of one image takes them in the image's pixels, as that image does.
        """
        x, y, system = requested_pixel(request.query_params)
        asked = parse_request(request, search_id)
        if system.is_pixels:
            return _pixel_of_one(asked, math.floor(x), math.floor(y))
        items, found = find_values(asked, x, y, system)
        pixels = find_pixels(items, found.used, x, y, system, limits=tiles_settings().limits)
        return _answer({"coordinates": [x, y]}, found, items, pixels)


def _pixel_of_one(asked: Asked, left: int, top: int) -> HttpResponse:
    plan, item, limits = value_plan(asked), asked.layer.only_item, tiles_settings().limits
    if item is None:
        raise UnsupportedOperation(
            "A layer of several images has no pixels of its own: give coord_crs, such as EPSG:4326, for coordinates "
            "in left and top"
        )
    with deadline(limits.render_seconds):
        found = mosaic_pixel(item, left, top, plan=plan, limits=limits)
    return _answer({"left": left, "top": top}, found, (item,), dict.fromkeys(found.used, (left, top)))


def _answer(
    place: dict[str, Any], found: MosaicLayers, items: Found, pixels: Mapping[int, tuple[int, int]]
) -> HttpResponse:
    """``pixels``: column and row by the index of each item that the values are of."""
    named = [
        {**used_items(items, (number,))[0], "left": left, "top": top} for number, (left, top) in sorted(pixels.items())
    ]
    document = {**place, **describe_pixel(flat(found.layers)), "items": named}
    return incomplete(json_response(document), found.incomplete)
