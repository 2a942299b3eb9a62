"""The routes of searches that are layers."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.errors import exception_handler
from catalog.models import Search
from catalog.services.searches import find_search, register_search
from catalog.stac.rendering import JSONParser, JSONRenderer, OneFormat
from tiles.rest.errors import exception_handler as tiles_exception_handler

from . import openapi
from .bodies import parse_registration


class MosaicView(APIView):
    """Anyone may ask; the items that are found are those that the one rule shows them."""

    permission_classes = (AllowAny,)
    content_negotiation_class = OneFormat
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Any]:
        def handle(error: Exception, context: dict[str, Any]) -> Any:
            return tiles_exception_handler(error, context) or exception_handler(error, context)

        return handle


class SearchesView(MosaicView):
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
        document = search_document(search, base=request.build_absolute_uri(request.path))
        return Response(document, status=201, headers={"Location": document["links"][0]["href"]})


class SearchLayerView(MosaicView):
    @extend_schema(
        operation_id="search_get",
        summary="A registered search",
        parameters=[openapi.SEARCH_ID],
        responses=openapi.DOCUMENT,
    )
    def get(self, request: Request, search_id: str) -> Response:
        search = find_search(search_id)
        return Response(search_document(search, base=request.build_absolute_uri("../")))


def search_document(search: Search, *, base: str) -> dict[str, Any]:
    """``base``: the absolute address below which searches are."""
    here = f"{base}{search.pk}/"
    return {
        "id": search.pk,
        "search": search.body,
        "metadata": search.metadata,
        "links": [
            {"rel": "self", "type": "application/json", "href": here},
            {"rel": "tilejson", "type": "application/json", "href": f"{here}tilejson.json"},
            {
                "rel": "tiles",
                "type": "image/webp",
                "href": f"{here}tiles/WebMercatorQuad/{{z}}/{{x}}/{{y}}.webp",
                "templated": True,
            },
        ],
    }
