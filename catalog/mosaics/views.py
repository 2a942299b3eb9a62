"""The routes of searches that are layers."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.authentication import READS_BY_POST, SIGNED_OR_SIGNED_IN, signed_in
from catalog.api.errors import exception_handler
from catalog.api.pagination import NewestFirst
from catalog.api.renders import NAME, apply_render
from catalog.models import Search
from catalog.mosaics import openapi
from catalog.mosaics.bodies import parse_registration
from catalog.mosaics.layer import find_layer, forget_search
from catalog.services.searches.registering import (
    delete_search,
    find_search,
    knows_search,
    owned_searches,
    register_search,
)
from catalog.stac.core.responses import JSONParser, JSONRenderer, OneFormat
from tiles.errors import InvalidParameter

# Relation, media type and path of what a search leads to.
LINKS = (
    ("self", "application/json", ""),
    ("tilejson", "application/json", "tilejson.json"),
    ("wmts", "application/xml", "WMTSCapabilities.xml"),
    ("http://www.opengis.net/def/rel/ogc/1.0/tilesets-map", "application/json", "tiles"),
    ("metadata", "application/json", "info/metadata"),
    ("preview", "image/webp", "data/thumbnail.webp"),
)


class MosaicView(APIView):
    """Anyone may ask; the items that are found are those that the one rule shows them."""

    authentication_classes = SIGNED_OR_SIGNED_IN
    permission_classes = (AllowAny,)
    content_negotiation_class = OneFormat
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if NAME in request.query_params and "search_id" in kwargs:
            layer = find_layer(user=request.user, search_id=kwargs["search_id"])
            if not layer.only_collection:
                raise InvalidParameter(
                    "render is of a layer that searches one collection by its name: give the parameters themselves"
                )
            apply_render(request, collection_id=layer.only_collection, with_assets=True)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Any]:
        return exception_handler


class NewestRegistered(NewestFirst):
    ordering = ("-registered",)


class SearchesView(MosaicView):
    token_scopes = READS_BY_POST

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
        """Those that one registered while signed in, the latest first."""
        pages, base = NewestRegistered(), request.build_absolute_uri(request.path)
        page = pages.paginate_queryset(owned_searches(signed_in(request)), request, view=self) or []
        documents = [
            {**search_document(each.search, base=base, knows=True), "registered": each.registered} for each in page
        ]
        return pages.get_paginated_response(documents)


class SearchLayerView(MosaicView):
    @openapi.of_search("get", "A registered search")
    def get(self, request: Request, search_id: str) -> Response:
        """What it asks for and its `metadata` are told to those who registered it while signed in, and to staff.

        To others if its `metadata` has `shared`.
        """
        search = find_search(search_id)
        knows = knows_search(search, user=request.user)
        return Response(search_document(search, base=request.build_absolute_uri("../"), knows=knows))

    @openapi.of_search("delete", "Delete a registered search", responses=openapi.DELETED)
    def delete(self, request: Request, search_id: str) -> Response:
        """Take it out of one's own. It goes when nobody else registered it, and when staff deletes it."""
        delete_search(user=signed_in(request), identifier=search_id)
        forget_search(search_id)
        return Response(status=204)


def search_document(search: Search, *, base: str, knows: bool) -> dict[str, Any]:
    """``base``: the absolute address below which searches are; ``knows``: whether the reader may be told of it."""
    here = f"{base}{search.pk}/"
    told = {"search": search.body, "metadata": search.metadata} if knows else {}
    links: list[dict[str, Any]] = [{"rel": rel, "type": kind, "href": f"{here}{path}"} for rel, kind, path in LINKS]
    tiles = f"{here}tiles/WebMercatorQuad/{{z}}/{{x}}/{{y}}.webp"
    links.append({"rel": "tiles", "type": "image/webp", "href": tiles, "templated": True})
    return {"id": search.pk, **told, "links": links}
