"""Histograms of what a layer shows."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tiles.regions.counted import Counted
from tiles.regions.histogram import describe_histograms
from tiles.rest import parameters as p
from tiles.rest import query as q

from . import openapi
from .asking import parse_request
from .counting import answer_counted
from .views import MosaicView


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
