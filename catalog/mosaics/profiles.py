"""Values of a layer along a line."""

import numpy as np
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from catalog.api.authentication import READS_BY_POST
from catalog.mosaics import openapi
from catalog.mosaics.answers import incomplete, used_items
from catalog.mosaics.asking import parse_request
from catalog.mosaics.counting import value_plan
from catalog.mosaics.points import check_system, flat
from catalog.mosaics.views import MosaicView
from tiles.conf import tiles_settings
from tiles.errors import OutsideBounds
from tiles.geo.crs import to_degrees
from tiles.limits import deadline
from tiles.mosaics.points import mosaic_points
from tiles.regions.profile import describe_profile
from tiles.rest import parameters as p
from tiles.rest.body import json_response
from tiles.rest.line import LINE, POSTED_LINE, requested_line


class ProfileView(MosaicView):
    token_scopes = READS_BY_POST

    @extend_schema(
        operation_id="search_profile",
        summary="Values of a search along a line",
        parameters=[openapi.SEARCH_ID, *LINE, *openapi.VALUES],
        responses=openapi.DATA,
    )
    def get(self, request: Request, search_id: str) -> HttpResponse:
        """Raw values of all bands at equal distances, of the items that `pixel_selection` takes at each."""
        asked = parse_request(request, search_id)
        line, system = requested_line(request)
        check_system(system)
        plan, limits = value_plan(asked), tiles_settings().limits
        degrees = to_degrees(line.points, system)
        items = asked.layer.items_along(degrees[np.isfinite(degrees).all(axis=1)])
        if not items:
            raise OutsideBounds("No image of the layer lies there")
        with deadline(limits.render_seconds):
            found = mosaic_points(items, line.points, system, plan=plan, limits=limits)
        document = describe_profile(line, system, flat(found.layers)) | {"items": used_items(items, found.used)}
        return incomplete(json_response(document), found.incomplete)

    @extend_schema(
        operation_id="search_profile_posted",
        summary="Values of a search along a posted line",
        parameters=[openapi.SEARCH_ID, *POSTED_LINE, *openapi.VALUES],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        examples=[p.LINE_EXAMPLE],
        responses=openapi.DATA,
    )
    def post(self, request: Request, search_id: str) -> HttpResponse:
        """Likewise."""
        return self.get(request, search_id)
