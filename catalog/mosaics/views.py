"""Serve the routes of searches: those that images have, and those that only a search has."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from catalog.api.authentication import READS_BY_POST, SIGNED_OR_SIGNED_IN, signed_in
from catalog.api.errors import exception_handler
from catalog.api.pagination import NewestFirst
from catalog.api.renders import NAME, apply_render
from catalog.api.throttling import RegistrationThrottle, count_rendering
from catalog.caching import CACHE_CONTROL
from catalog.models import Search
from catalog.mosaics import openapi
from catalog.mosaics.imagery import SearchImagery, check_degrees, find_search_imagery
from catalog.mosaics.items import describe_members, item_points, tile_items
from catalog.querying.statements import search_deadline
from catalog.services.searches.bodies import parse_registration
from catalog.services.searches.mosaic import find_mosaic, forget_search
from catalog.services.searches.registering import (
    delete_search,
    find_search,
    knows_search,
    owned_searches,
    register_search,
)
from catalog.stac.core.responses import JSONParser, JSONRenderer, OneFormat
from tiles.errors import InvalidParameter
from tiles.geo.grids import WEB_MERCATOR
from tiles.regions.description import describe_frames, describe_internals
from tiles.regions.technical import technical
from tiles.rest import DataMixin, InfoMixin, ServicesMixin, TilesMixin
from tiles.rest import parameters as p
from tiles.rest.data import POINT_PATH
from tiles.rest.responses import incomplete
from tiles.rest.tile import SET_NAME, tile_request
from tiles.sources.reference import SourceRef

# Seconds.
MAX_AGE = 60
MEMBERS = [*p.BBOX, *openapi.MEMBER_PAGE]
PLACE = r"(?P<z>-?\d{1,20})/(?P<x>-?\d{1,20})/(?P<y>-?\d{1,20})"

# Relation, media type and path of what a search leads to.
LINKS = (
    ("self", "application/json", ""),
    ("tilejson", "application/json", "tilejson.json"),
    ("wmts", "application/xml", "WMTSCapabilities.xml"),
    ("http://www.opengis.net/def/rel/ogc/1.0/tilesets-map", "application/json", "tiles"),
    ("metadata", "application/json", "info/metadata"),
    ("preview", "image/webp", "data/thumbnail.webp"),
)


class NewestRegistered(NewestFirst):
    ordering = ("-registered",)


class SearchesView(APIView):
    """Let anyone register a search, and list a signed-in user's own."""

    token_scopes = READS_BY_POST
    throttle_classes = (RegistrationThrottle,)
    authentication_classes = SIGNED_OR_SIGNED_IN
    permission_classes = (AllowAny,)
    content_negotiation_class = OneFormat
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Any]:
        return exception_handler

    @extend_schema(
        operation_id="search_register",
        summary="Register a search as a layer",
        request={openapi.JSON: openapi.BODY},
        examples=[openapi.BODY_EXAMPLE],
        responses=openapi.REGISTERED,
    )
    def post(self, request: Request) -> Response:
        """Give a search an id, under which all that it finds, now and later, is seen as one layer.

        `limit`, `token` and `fields` are of pages, and left out. The same body has the same id each time.
        """
        with search_deadline():
            given = parse_registration(request.data)
        search = register_search(user=request.user, body=given.body, metadata=given.metadata)
        # Whoever registers it has said it all.
        document = search_document(search, base=request.build_absolute_uri(request.path), knows=True)
        return Response(document, status=201, headers={"Location": document["links"][0]["href"]})

    @extend_schema(
        operation_id="search_list",
        summary="One's own registered searches",
        parameters=openapi.PAGE,
        responses=openapi.LIST,
    )
    def get(self, request: Request) -> Response:
        """List the searches that one registered while signed in, the latest first."""
        pages, base = NewestRegistered(), request.build_absolute_uri(request.path)
        page = pages.paginate_queryset(owned_searches(signed_in(request)), request, view=self) or []
        documents = [
            {**search_document(each.search, base=base, knows=True), "registered": each.registered} for each in page
        ]
        return pages.get_paginated_response(documents)


class SearchViews(InfoMixin, TilesMixin, ServicesMixin, DataMixin, ViewSet):
    """Show what a search finds as one image. Anyone may ask; each reader sees what the catalog's rule shows them."""

    default_tilematrixset = WEB_MERCATOR
    tilejson_matrix_set = WEB_MERCATOR
    token_scopes = READS_BY_POST
    authentication_classes = SIGNED_OR_SIGNED_IN
    permission_classes = (AllowAny,)
    admit_making = staticmethod(count_rendering) if settings.THROTTLES.get("tiles") else None
    schema = openapi.SearchSchema()
    imagery: SearchImagery

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if NAME in request.query_params:
            mosaic = find_mosaic(user=request.user, search_id=self.kwargs["search_id"])
            if not mosaic.only_collection:
                raise InvalidParameter(
                    "render is of a layer that searches one collection by its name: give the parameters themselves"
                )
            apply_render(request, collection_id=mosaic.only_collection, with_assets=True)

    def find_imagery(self, request: Request, *, without: Iterable[str] = ()) -> SearchImagery:
        query = self.rendering_parameters(request, without=without)
        self.imagery = find_search_imagery(user=request.user, search_id=self.kwargs["search_id"], query=query)
        return self.imagery

    def cache_control(self, request: Request, ref: SourceRef | None) -> str:  # noqa: ARG002
        """Return for how long to keep what changes whenever an item does; its ETag makes asking again cheap."""
        return CACHE_CONTROL[self.imagery.mosaic.audience.is_public].format(seconds=MAX_AGE)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Any]:
        return exception_handler

    @extend_schema(summary="A registered search", responses=openapi.DOCUMENT)
    @action(detail=True, url_path="info")
    def summary(  # type: ignore[override]
        self, request: Request, search_id: str
    ) -> Response:
        """Describe a search.

        What it asks for and its `metadata` are told to those who registered it while signed in, and to staff; to others
        if its `metadata` has `shared`.
        """
        search = find_search(search_id)
        knows = knows_search(search, user=request.user)
        return Response(search_document(search, base=request.build_absolute_uri("../"), knows=knows))

    @extend_schema(summary="Delete a registered search", responses=openapi.DELETED)
    @summary.mapping.delete
    def forget(self, request: Request, search_id: str) -> Response:
        """Take a search out of one's own. It is deleted when nobody else registered it, and when staff deletes it."""
        delete_search(user=signed_in(request), identifier=search_id)
        forget_search(search_id)
        return Response(status=204)

    @extend_schema(
        summary="Which items make a tile",
        parameters=[p.MATRIX_SET, *openapi.OF_TILE, *openapi.ITEMS],
        responses=openapi.ITEMS_OF_TILE,
    )
    @action(detail=True, url_path=f"tiles/{PLACE}/assets")
    def tile_assets(self, request: Request, **kwargs: Any) -> Response:
        """List the items on a tile, in the order of the search: the tile is made of those that are `used`.

        Of a tile that workers prepared (`prepared` is true) only those that it was made of are told; `removed` are
        those of them that are no longer in the catalog. `count` is of all pages, `next` the next one's address.
        """
        return self._tile_assets(request, p.MATRIX_SET.text(request.query_params), kwargs)

    @extend_schema(
        summary="Which items make a tile of a tile matrix set",
        parameters=[p.PATH_MATRIX_SET, *openapi.OF_TILE, *openapi.ITEMS],
        responses=openapi.ITEMS_OF_TILE,
    )
    @action(detail=True, url_path=f"tiles/{SET_NAME}/{PLACE}/assets")
    def matrix_set_tile_assets(self, request: Request, tile_matrix_set: str, **kwargs: Any) -> Response:
        return self._tile_assets(request, tile_matrix_set, kwargs)

    def _tile_assets(self, request: Request, matrix_set: str, kwargs: dict[str, Any]) -> Response:
        imagery = self.find_imagery(request)
        wanted = tile_request(request.query_params, matrix_set or None, kwargs)
        return tile_items(request, imagery, wanted)

    @extend_schema(
        summary="Values of all items at a point",
        parameters=[*p.PLACE, *openapi.BANDS],
        responses=openapi.DOCUMENT,
    )
    @action(detail=True, url_path=f"point/{POINT_PATH}", url_name="point")
    def item_points(self, request: Request, longitude: str, latitude: str, **_: Any) -> Response:
        """Return raw values of each item that has the point, in the search's order; null where a pixel is missing."""
        x, y = p.LONGITUDE.parse_number(longitude), p.LATITUDE.parse_number(latitude)
        check_degrees(x, y)
        values, reason = item_points(self.find_imagery(request), x, y)
        return incomplete(Response({"coordinates": [x, y], "values": values}), reason)

    @extend_schema(summary="Frames of a search's images", parameters=MEMBERS, responses=openapi.DATA)
    @action(detail=True, url_path="info/frames")
    def frames(  # type: ignore[override]
        self, request: Request, **_: Any
    ) -> Response:
        """List what each item's own `info/frames` answers, in pages; with a `bbox`, of the items that meet it.

        Of several assets, the first one's. An item whose file can't be read has `code` and `description` instead.
        """
        return describe_members(request, self.find_imagery(request), describe_frames)

    @extend_schema(
        summary="What the files of a search's images say of themselves", parameters=MEMBERS, responses=openapi.DATA
    )
    @action(detail=True, url_path="info/metadata_internal")
    def metadata_internal(  # type: ignore[override]
        self, request: Request, **_: Any
    ) -> Response:
        """List what each item's own `info/metadata_internal` answers, in pages."""
        # To everybody, also to editors: a search may find items of many collections.
        return describe_members(request, self.find_imagery(request), lambda each: technical(describe_internals(each)))


def search_document(search: Search, *, base: str, knows: bool) -> dict[str, Any]:
    """Describe a search.

    Args:
        search: as it was registered.
        base: the absolute address below which searches are.
        knows: whether the reader may be told what it asks for.
    """
    here = f"{base}{search.pk}/"
    told = {"search": search.body, "metadata": search.metadata} if knows else {}
    links: list[dict[str, Any]] = [{"rel": rel, "type": kind, "href": f"{here}{path}"} for rel, kind, path in LINKS]
    tiles = f"{here}tiles/WebMercatorQuad/{{z}}/{{x}}/{{y}}.webp"
    links.append({"rel": "tiles", "type": "image/webp", "href": tiles, "templated": True})
    return {"id": search.pk, **told, "links": links}
