"""What the files of a layer's items say of themselves, item by item, in pages."""

from collections.abc import Callable
from typing import Any

import shapely
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.pagination import KeysetPagination
from catalog.documents.footprints import as_stored
from catalog.models.item import ItemQuerySet
from catalog.mosaics import openapi
from catalog.mosaics.answers import named
from catalog.mosaics.asking import parse_request
from catalog.mosaics.layer import Layer
from catalog.mosaics.views import MosaicView
from catalog.services.searches.members import COLUMNS, MosaicItem, mosaic_items
from catalog.stac.search.statements import bounded_statement
from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter, UnsupportedOperation
from tiles.geo.crs import transform_box
from tiles.geo.grids import WGS84
from tiles.limits import check_deadline, deadline
from tiles.mosaics.cutting import check_place
from tiles.mosaics.members import BROKEN
from tiles.regions.area import forward_box
from tiles.regions.description import describe_frames, describe_internals
from tiles.regions.shapes import within_world
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.sources.pool import lease_sources
from tiles.sources.protocol import Source

PARAMETERS = [openapi.SEARCH_ID, *p.BBOX, *openapi.MEMBER_PAGE, *openapi.ITEMS_SHOWN]


class ItemPages(KeysetPagination):
    """Those that have been in the layer longest first: a cursor of its own order would tell what that is.

    A page opens as many files as it has items.
    """

    page_size = 10
    max_page_size = 100

    def get_page_size(self, request: Request) -> int:
        """Raises InvalidParameter, as all parameters of tiles do."""
        return q.integer(request.query_params, "limit", low=1, high=self.max_page_size, default=self.page_size)

    def get_paginated_response(self, data: object) -> Response:
        return Response({"items": data, "next": self.get_next_link(), "previous": self.get_previous_link()})


class MemberView(MosaicView):
    """One file's answer for each item."""

    def answer(self, request: Request, search_id: str, *, describe: Callable[[Source], dict[str, Any]]) -> Response:
        asked = parse_request(request, search_id)
        pages, limits = ItemPages(), tiles_settings().limits
        items = _lying_in_box(asked.layer, request)
        with bounded_statement():
            rows = pages.paginate_queryset(items.only(*COLUMNS), request, view=self) or []
            found = mosaic_items(rows, assets=asked.layer.assets, subdataset=asked.layer.subdataset)
        with deadline(limits.render_seconds):
            documents = [_describe(item, describe) for item in found if item.sources]
        return pages.get_paginated_response(documents)


def _lying_in_box(layer: Layer, request: Request) -> ItemQuerySet:
    """All items, or those that a box meets. Raises InvalidParameter, OutsideBounds."""
    place = q.place(request.query_params)
    if place.box is None:
        return layer.located()
    check_place(place)
    box = transform_box(forward_box(place.box, place.crs), place.crs, WGS84)
    parts = within_world(shapely.box(*box), WGS84)
    return layer.located().lying_at(as_stored(parts))


def _describe(item: MosaicItem, describe: Callable[[Source], dict[str, Any]]) -> dict[str, Any]:
    """Its first file's answer, or why there is none."""
    check_deadline()
    try:
        with lease_sources(item.sources[:1], limits=tiles_settings().limits) as sources:
            document = describe(sources[0])
    except (*BROKEN, UnsupportedOperation, InvalidParameter) as error:
        document = {"code": error.code, "description": error.message}
    return {**named(item), **document}


class FramesView(MemberView):
    @extend_schema(
        operation_id="search_frames",
        summary="Frames of a search's images",
        parameters=PARAMETERS,
        responses=openapi.DATA,
    )
    def get(self, request: Request, search_id: str) -> Response:
        """Of each item what its own `info/frames` answers, in pages; with a `bbox`, of those that meet it.

        Of several assets, the first one's. An item whose file can't be read has `code` and `description` instead.
        """
        return self.answer(request, search_id, describe=describe_frames)


class InternalsView(MemberView):
    @extend_schema(
        operation_id="search_metadata_internal",
        summary="What the files of a search's images say of themselves",
        parameters=PARAMETERS,
        responses=openapi.DATA,
    )
    def get(self, request: Request, search_id: str) -> Response:
        """Of each item what its own `info/metadata_internal` answers, likewise."""
        return self.answer(request, search_id, describe=describe_internals)
