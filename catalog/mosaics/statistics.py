"""Statistics of what a layer shows: of all of it, within a box or within polygons."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from catalog.api.authentication import READS_BY_POST
from catalog.mosaics import openapi
from catalog.mosaics.answers import incomplete
from catalog.mosaics.asking import parse_request
from catalog.mosaics.counting import MOST, answer_counted, value_plan
from catalog.mosaics.regions import items_within
from catalog.mosaics.views import MosaicView
from tiles.conf import tiles_settings
from tiles.errors import OutsideBounds, TooLarge
from tiles.limits import deadline
from tiles.mosaics.values import first_reason
from tiles.mosaics.zonal import mosaic_zone
from tiles.regions.shapes import Shape, parse_shapes, shape_box
from tiles.regions.zonal_pixels import Counted, Documents, empty_statistics, summarize
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.body import json_response, read_body
from tiles.rest.statistics import with_statistics


class StatisticsView(MosaicView):
    token_scopes = READS_BY_POST

    @extend_schema(
        operation_id="search_statistics",
        summary="Statistics of a search",
        parameters=[openapi.SEARCH_ID, *openapi.BOX, p.SAMPLE, *openapi.VALUES, *p.SUMMARY],
        responses=openapi.DATA,
    )
    def get(self, request: Request, search_id: str) -> HttpResponse:
        """By band, under TiTiler's names. Without a box: of a sample of at most `max_size` pixels a side.

        In a box each pixel that is shown counts by the share of it that lies inside. Pixels are those of the first
        image there, as if it went on beyond its edges.
        """
        asked, options = parse_request(request, search_id, without=("c",)), q.summary_options(request.query_params)

        def describe(counted: Counted) -> Any:
            return summarize(counted, options=options)

        return answer_counted(request, asked, describe=describe, parts=("statistics", options))

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
        plan = value_plan(asked)

        def count(shape: Shape) -> tuple[Documents, str]:
            items = items_within(asked.layer, system, shape_box(shape.geometry, system))
            zone = mosaic_zone(items, shape, system, plan=plan, max_size=side, limits=limits)
            return summarize(zone.counted, options=options), zone.incomplete

        with deadline(limits.render_seconds):
            if not is_collection:
                statistics, reason = count(shapes[0])
                return incomplete(json_response(with_statistics(shapes[0].feature, statistics)), reason)
            found = _count_each(shapes, count, nothing=empty_statistics(plan.names, options=options))
        features = [with_statistics(shape.feature, one) for shape, (one, _) in zip(shapes, found, strict=True)]
        answer = json_response({"type": "FeatureCollection", "features": features})
        return incomplete(answer, first_reason(reason for _, reason in found))


def _count_each(
    shapes: list[Shape], count: Callable[[Shape], tuple[Documents, str]], *, nothing: Documents
) -> list[tuple[Documents, str]]:
    """Of each; ``nothing`` where no image is. Raises TooLarge for more values in all than one request may have."""
    most = tiles_settings().limits.region_values
    found: list[tuple[Documents, str]] = []
    looked_at = 0.0
    for shape in shapes:
        try:
            statistics, reason = count(shape)
        except OutsideBounds:
            statistics, reason = nothing, ""
        looked_at += sum(one["valid_pixels"] + one["masked_pixels"] for one in statistics.values())
        if looked_at > most:
            raise TooLarge(f"The features cover more than {most:,} values; give fewer, or max_size")
        found.append((statistics, reason))
    return found
