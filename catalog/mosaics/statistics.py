"""Statistics of what a layer shows, within a box or within polygons."""

from typing import Any

import orjson
import shapely
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.deadline import deadline
from tiles.errors import InvalidParameter, OutsideBounds, TooLarge
from tiles.grids import Grid
from tiles.mosaics.regions import check_place
from tiles.mosaics.values import REASONS, ValuePlan
from tiles.mosaics.zonal import Zone, mosaic_statistics
from tiles.regions.shapes import Shape, parse_shapes, shape_box
from tiles.regions.statistics_summary import SummaryOptions
from tiles.regions.zonal import empty_statistics
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.body import json_response, read_body
from tiles.rest.statistics import JSON, with_statistics

from . import openapi
from .answers import cached_answer, incomplete, key_of
from .asking import Asked, parse_request
from .regions import items_within
from .views import MosaicView

MOST = 10**9


class StatisticsView(MosaicView):
    @extend_schema(
        operation_id="search_statistics",
        summary="Statistics of a box of a search",
        parameters=[openapi.SEARCH_ID, *p.BBOX, p.ZONE_SIZE, *openapi.VALUES, *p.SUMMARY],
        responses=openapi.DATA,
    )
    def get(self, request: Request, search_id: str) -> HttpResponse:
        """By band, under TiTiler's names: each pixel that is shown counts by the share of it that lies inside.

        Pixels are those of the first image there, as if it went on beyond its edges.
        """
        query = request.query_params
        asked, place, options = (
            parse_request(request, search_id, without=("c",)),
            q.place(query),
            q.summary_options(query),
        )
        if place.box is None:
            raise InvalidParameter("Give a bbox, or post polygons: a layer has no size of its own")
        check_place(place)
        side = q.integer(query, "max_size", low=1, high=MOST)
        plan, box = _plan(asked), Shape(shapely.box(*place.box), {})
        items = items_within(asked.layer, place.crs, place.box)
        if not items:
            raise OutsideBounds("No image of the layer lies there")

        def make() -> tuple[bytes, str]:
            limits = tiles_settings().limits
            with deadline(limits.render_seconds):
                zone = mosaic_statistics(
                    items, box, place.crs, plan=plan, max_size=side, options=options, limits=limits
                )
            return orjson.dumps(zone.statistics), zone.incomplete

        key = key_of(items, "statistics", place, side, options, *plan.canonical)
        return cached_answer(request, asked.layer, key, media_type=JSON, make=make)

    @extend_schema(
        operation_id="search_zonal_statistics",
        summary="Zonal statistics of a search",
        parameters=[openapi.SEARCH_ID, p.COORD_CRS, p.ZONE_SIZE, *openapi.VALUES, *p.SUMMARY],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        examples=[p.POLYGON_EXAMPLE],
        responses=openapi.DATA,
    )
    def post(self, request: Request, search_id: str) -> HttpResponse:
        """Of a Feature or each of a FeatureCollection, which come back with `properties.statistics`."""
        query, limits = request.query_params, tiles_settings().limits
        asked, options = parse_request(request, search_id, without=("c",)), q.summary_options(query)
        system, side = q.crs(query, "coord_crs", "bounds_crs"), q.integer(query, "max_size", low=1, high=MOST)
        shapes, is_collection = parse_shapes(read_body(request, limits=limits), limits=limits)
        plan = _plan(asked)
        with deadline(limits.render_seconds):
            if not is_collection:
                zone = _zone(asked, shapes[0], system, plan=plan, side=side, options=options)
                return incomplete(json_response(with_statistics(shapes[0].feature, zone.statistics)), zone.incomplete)
            zones = _zones(asked, shapes, system, plan=plan, side=side, options=options)
        features = [with_statistics(shape.feature, zone.statistics) for shape, zone in zip(shapes, zones, strict=True)]
        reasons = {zone.incomplete for zone in zones}
        answer = json_response({"type": "FeatureCollection", "features": features})
        return incomplete(answer, next((reason for reason in REASONS if reason in reasons), ""))


def _plan(asked: Asked) -> ValuePlan:
    plan = asked.values
    if plan is None:
        raise OutsideBounds("The layer has no images")
    return plan


def _zone(asked: Asked, shape: Shape, crs: Grid, *, plan: ValuePlan, side: int, options: SummaryOptions) -> Zone:
    limits = tiles_settings().limits
    items = items_within(asked.layer, crs, shape_box(shape.geometry, crs))
    return mosaic_statistics(items, shape, crs, plan=plan, max_size=side, options=options, limits=limits)


def _zones(
    asked: Asked, shapes: list[Shape], crs: Grid, *, plan: ValuePlan, side: int, options: SummaryOptions
) -> list[Zone]:
    """Of each; without counts where no image is. Raises TooLarge for more values in all than one request may have."""
    most = tiles_settings().limits.region_values
    found: list[Zone] = []
    looked_at = 0.0
    for shape in shapes:
        try:
            zone = _zone(asked, shape, crs, plan=plan, side=side, options=options)
        except OutsideBounds:
            zone = Zone(empty_statistics(plan.names, options=options))
        documents: list[dict[str, Any]] = list(zone.statistics.values())
        looked_at += sum(document["valid_pixels"] + document["masked_pixels"] for document in documents)
        if looked_at > most:
            raise TooLarge(f"The features cover more than {most:,} values; give fewer, or max_size")
        found.append(zone)
    return found
