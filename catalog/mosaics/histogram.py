"""Histograms of what a layer shows."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from catalog.mosaics import openapi
from catalog.mosaics.asking import parse_request
from catalog.mosaics.counting import answer_counted
from catalog.mosaics.views import MosaicView
from tiles.regions.histogram import describe_histograms
from tiles.regions.zonal_pixels import Counted
from tiles.rest import parameters as p
from tiles.rest import query as q


class HistogramView(MosaicView):
    @extend_schema(
        operation_id="search_histogram",
        summary="Histogram of a search",
        parameters=[openapi.SEARCH_ID, *openapi.BOX, p.SAMPLE, *openapi.VALUES, *p.HISTOGRAM],
        responses=openapi.DATA,
    )
    def get(self, request: Request, search_id: str) -> HttpResponse:
        """A list with each band's, in large-image's shape. Without a box: of at most `max_size` pixels a side.

        In a box each pixel that is shown counts by the share of it that lies inside, as statistics have it.
        """
        asked, options = parse_request(request, search_id), q.histogram_options(request.query_params)

        def describe(counted: Counted) -> Any:
            return describe_histograms(counted, options)

        return answer_counted(request, asked, describe=describe, parts=("histogram", options))
