"""Serve statistics and histograms of raw values: of the whole image, of a box, of polygons."""

from typing import Any

import orjson
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.limits import deadline
from tiles.regions.histogram import describe_histograms
from tiles.regions.shapes import parse_shapes
from tiles.regions.zonal import SAMPLE_SIDE
from tiles.regions.zonal_pixels import Counted, summarize
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.base import SourceMixin
from tiles.rest.imagery import Imagery, Reading
from tiles.rest.responses import JSON, declared, incomplete, json_response

RESPONSES = declared("Numbers of each band.", errors=(400, 404, 413, 502, 503))
# Here `c` names categories, not channels.
CATEGORIES = ("c",)
VALUES = [*p.BANDS, p.FRAME, *p.FOCUS_AND_TIME, *p.VARIABLE]


class StatisticsMixin(SourceMixin):
    @extend_schema(
        summary="Statistics of pixels",
        methods=["GET"],
        parameters=[*VALUES, p.SAMPLE, *p.BBOX, *p.SIDES, *p.SUMMARY],
        responses=RESPONSES,
    )
    @extend_schema(
        summary="Zonal statistics",
        methods=["POST"],
        parameters=[*VALUES, p.COORD_CRS, p.ZONE_SIZE, *p.SUMMARY],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        responses=RESPONSES,
        examples=[p.POLYGON_EXAMPLE],
    )
    @action(detail=True, methods=["get", "post"], url_path="data/statistics")
    def pixel_statistics(self, request: Request, **_: Any) -> HttpResponseBase:
        """Return each band's statistics, named as TiTiler does; without a box, of at most `max_size` pixels a side.

        A box, and each polygon that is posted (a Feature or a FeatureCollection, which come back with
        `properties.statistics`), counts every pixel by the share of it that lies inside.
        """
        imagery = self.find_imagery(request, without=CATEGORIES)
        if request.method == "POST":
            return _zonal(request, imagery)
        options = q.summary_options(request.query_params)

        def describe(counted: Counted) -> bytes:
            return orjson.dumps(summarize(counted, options=options))

        reading = _pixels(request, imagery).then(describe, "statistics", options)
        return self.respond(request, reading, media_type=JSON)

    @extend_schema(
        summary="Histogram of raw values",
        parameters=[*VALUES, p.CHANNEL, p.SAMPLE, *p.BBOX, *p.SIDES, *p.HISTOGRAM],
        responses=RESPONSES,
    )
    @action(detail=True, url_path="data/histogram")
    def histogram(self, request: Request, **_: Any) -> HttpResponseBase:
        """List each band's histogram, in large-image's shape; without a box, of at most `max_size` pixels a side.

        In a box every pixel counts by the share of it that lies inside.
        """
        options = q.histogram_options(request.query_params)

        def describe(counted: Counted) -> bytes:
            return orjson.dumps(describe_histograms(counted, options))

        reading = _pixels(request, self.find_imagery(request)).then(describe, "histogram", options)
        return self.respond(request, reading, media_type=JSON)


def _pixels(request: Request, imagery: Imagery) -> Reading[Counted]:
    """Read the pixels of a box, or a sample of everything."""
    place = q.place(request.query_params)
    default = 0 if place.box else SAMPLE_SIDE
    side = p.SAMPLE.integer(request.query_params, default=default)
    return imagery.pixels(place, max_size=side)


def _zonal(request: Request, imagery: Imagery) -> HttpResponse:
    query, limits = request.query_params, tiles_settings().limits
    system, options = p.POSTED_CRS.crs(query), q.summary_options(query)
    side = p.ZONE_SIZE.integer(query)
    with deadline(limits.render_seconds):
        shapes, is_collection = parse_shapes(q.read_body(request, limits=limits), limits=limits)
        found, reason = imagery.zones(shapes, system, is_collection=is_collection, max_size=side, options=options)
    features = [
        shape.feature | {"properties": shape.feature["properties"] | {"statistics": one}}
        for shape, one in zip(shapes, found, strict=True)
    ]
    document = {"type": "FeatureCollection", "features": features} if is_collection else features[0]
    return incomplete(json_response(document), reason)
