"""What is said of the pixels that a layer shows: of all of it, or within a box."""

from collections.abc import Callable
from typing import Any

import orjson
import shapely
from django.http import HttpResponse
from rest_framework.request import Request

from catalog.mosaics.answers import cached_answer, key_of
from catalog.mosaics.asking import Asked
from catalog.mosaics.extent import layer_bounds
from catalog.mosaics.regions import items_within
from tiles.conf import tiles_settings
from tiles.errors import OutsideBounds
from tiles.geo.grids import WGS84
from tiles.limits import deadline
from tiles.mosaics.cutting import check_place
from tiles.mosaics.values import ValuePlan
from tiles.mosaics.zonal import mosaic_sample, mosaic_zone
from tiles.regions.shapes import Shape
from tiles.regions.zonal import SAMPLE_SIDE
from tiles.regions.zonal_pixels import Counted
from tiles.rest import query as q
from tiles.rest.statistics import JSON

MOST = 10**9


def answer_counted(
    request: Request, asked: Asked, *, describe: Callable[[Counted], Any], parts: tuple[object, ...]
) -> HttpResponse:
    """``parts``: what tells descriptions of the same pixels apart."""
    query = request.query_params
    place = q.place(query)
    if place.box:
        check_place(place)
    side = q.integer(query, "max_size", low=1, high=MOST, default=0 if place.box else SAMPLE_SIDE)
    plan = value_plan(asked)
    box, crs = (place.box, place.crs) if place.box else (layer_bounds(asked.layer), WGS84)
    items = items_within(asked.layer, crs, box)
    if not items:
        raise OutsideBounds("No image of the layer lies there")

    def make() -> tuple[bytes, str]:
        limits = tiles_settings().limits
        with deadline(limits.render_seconds):
            if place.box:
                shape = Shape(shapely.box(*box), {})
                zone = mosaic_zone(items, shape, crs, plan=plan, max_size=side, limits=limits)
            else:
                zone = mosaic_sample(items, box, plan=plan, max_size=side, limits=limits)
        return orjson.dumps(describe(zone.counted)), zone.incomplete

    key = key_of(items, *parts, place, box, side, *plan.canonical)
    return cached_answer(request, asked.layer, key, media_type=JSON, make=make)


def value_plan(asked: Asked) -> ValuePlan:
    """Raises OutsideBounds for a layer without images."""
    plan = asked.values
    if plan is None:
        raise OutsideBounds("The layer has no images")
    return plan
