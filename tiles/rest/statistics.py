"""Statistics and histograms of raw values: of the whole image, of a box, of polygons."""

from typing import Any

import orjson
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.datastructures import MultiValueDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.limits import deadline
from tiles.regions.area import Place
from tiles.regions.histogram import describe_histograms
from tiles.regions.shapes import parse_shapes
from tiles.regions.zonal import SAMPLE_SIDE, box_layers, collection_statistics, sample_layers, shape_statistics
from tiles.regions.zonal_pixels import Counted, summarize
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.base import SourceMixin
from tiles.rest.body import json_response, read_body
from tiles.rest.cache import cached_tile
from tiles.rest.responses import answers
from tiles.sources.pool import lease_sources
from tiles.sources.reference import SourceRef
from tiles.styling.style import Style, parse_style

JSON = "application/json"
ANSWERS = answers("Numbers of each band.", errors=(400, 404, 413, 502, 503))
# Here `c` names categories, not channels.
VALUES = [*p.BANDS, p.FRAME, *p.FOCUS_AND_TIME, p.SUBDATASET]


class StatisticsMixin(SourceMixin):
    @extend_schema(
        summary="Statistics of pixels",
        methods=["GET"],
        parameters=[*VALUES, p.SAMPLE, *p.BBOX, *p.SIDES, *p.SUMMARY],
        responses=ANSWERS,
    )
    @extend_schema(
        summary="Zonal statistics",
        methods=["POST"],
        parameters=[*VALUES, p.COORD_CRS, p.ZONE_SIZE, *p.SUMMARY],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        responses=ANSWERS,
        examples=[p.POLYGON_EXAMPLE],
    )
    @action(detail=True, methods=["get", "post"], url_path="data/statistics")
    def pixel_statistics(self, request: Request, **_: Any) -> HttpResponseBase:
        """By band, under TiTiler's names. Without a box: of a sample of at most `max_size` pixels a side.

        A box, and each polygon that is posted (a Feature or a FeatureCollection, which come back with
        `properties.statistics`), counts every pixel by the share of it that lies inside.
        """
        if request.method == "POST":
            return self._zonal(request)
        query = request.query_params
        wanted, options, style = q.place(query), q.summary_options(query), statistics_style(query)
        side = q.integer(query, "max_size", low=1, high=10**9, default=0 if wanted.box else SAMPLE_SIDE)
        refs = self.find_references(request)

        def compute() -> bytes:
            counted = _count(refs, wanted, style=style, max_size=side)
            # Without the image: others may read it meanwhile.
            return orjson.dumps(summarize(counted, options=options))

        parts = ("statistics", wanted, side, options, style.canonical)
        return self.conditional_image(
            request, refs, parts=parts, media_type=JSON, make=lambda key: cached_tile(key, compute)
        )

    def _zonal(self, request: Request) -> HttpResponse:
        query, limits = request.query_params, tiles_settings().limits
        system, options, style = (
            q.crs(query, "coord_crs", "bounds_crs"),
            q.summary_options(query),
            statistics_style(query),
        )
        side = q.integer(query, "max_size", low=1, high=10**9)
        shapes, is_collection = parse_shapes(read_body(request, limits=limits), limits=limits)
        refs = self.find_references(request)
        wanted: dict[str, Any] = {"style": style, "max_size": side, "options": options, "limits": limits}
        with deadline(limits.render_seconds), lease_sources(refs, limits=limits) as sources:
            if not is_collection:
                return json_response(
                    with_statistics(shapes[0].feature, shape_statistics(sources, shapes[0], system, **wanted))
                )
            found = collection_statistics(sources, shapes, system, **wanted)
        features = [with_statistics(shape.feature, one) for shape, one in zip(shapes, found, strict=True)]
        return json_response({"type": "FeatureCollection", "features": features})

    @extend_schema(
        summary="Histogram of raw values",
        parameters=[*VALUES, p.CHANNEL, p.SAMPLE, *p.BBOX, *p.SIDES, *p.HISTOGRAM],
        responses=ANSWERS,
    )
    @action(detail=True, url_path="data/histogram")
    def histogram(self, request: Request, **_: Any) -> HttpResponseBase:
        """A list with each band's, in large-image's shape. Without a box: of at most `max_size` pixels a side.

        In a box every pixel counts by the share of it that lies inside.
        """
        query = request.query_params
        wanted, options, style = q.place(query), q.histogram_options(query), parse_style(query)
        side = q.integer(query, "max_size", low=1, high=10**9, default=0 if wanted.box else SAMPLE_SIDE)
        refs = self.find_references(request)

        def compute() -> bytes:
            return orjson.dumps(describe_histograms(_count(refs, wanted, style=style, max_size=side), options))

        parts = ("histogram", wanted, side, options, style.canonical)
        return self.conditional_image(
            request, refs, parts=parts, media_type=JSON, make=lambda key: cached_tile(key, compute)
        )


def _count(refs: tuple[SourceRef, ...], wanted: Place, *, style: Style, max_size: int) -> Counted:
    """The pixels of a box, or a sample of the whole image."""
    limits = tiles_settings().limits
    with deadline(limits.render_seconds), lease_sources(refs, limits=limits) as sources:
        if wanted.box:
            return box_layers(sources, wanted, style=style, max_size=max_size, limits=limits)
        return sample_layers(sources, style=style, max_size=max_size, limits=limits)


def statistics_style(query: QueryDict) -> Style:
    """What bands are meant, leaving the categories out."""
    return parse_style(without_categories(query))


def without_categories(query: QueryDict) -> MultiValueDict[str, str]:
    """Rendering parameters: here `c` names categories, not channels."""
    return MultiValueDict({name: query.getlist(name) for name in query if name != "c"})


def with_statistics(feature: dict[str, Any], statistics: dict[str, Any]) -> dict[str, Any]:
    """A feature of GeoJSON with these in its properties."""
    return feature | {"properties": feature["properties"] | {"statistics": statistics}}
