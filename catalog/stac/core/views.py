"""The routes of the STAC API: parse, ask, answer."""

import time
from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema_view
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import tallies
from catalog.api.authentication import READS_BY_POST, SessionAuthentication, TokenAuthentication
from catalog.api.throttling import SearchThrottle, counted_as
from catalog.errors import InvalidParameter, NotFound
from catalog.models import Collection, Item
from catalog.querying.finding import Sight, search_items
from catalog.querying.paging import Page
from catalog.querying.query import SearchQuery, parse_body, parse_query_string
from catalog.querying.statements import search_deadline
from catalog.services.access.permissions import get_visible_collection
from catalog.services.access.sight import find_sight
from catalog.services.collections.renders import renders_by_collection
from catalog.services.items.writing import get_visible_item
from catalog.stac.collection_search import (
    collection_queryables_document,
    collection_sortables_document,
    parse_collection_query,
    search_collections,
)
from catalog.stac.core.conformance import CONFORMS_TO
from catalog.stac.core.documents import Document, collection_document
from catalog.stac.core.etags import collection_etag, item_etag, make_conditional, respond
from catalog.stac.core.items import item_document
from catalog.stac.core.links import GEOJSON, JSON, SCHEMA, Link, Site, link
from catalog.stac.core.openapi import describe_get, describe_post
from catalog.stac.core.pages import (
    children_document,
    collections_document,
    get_links,
    items_document,
    landing_document,
    post_links,
)
from catalog.stac.core.parameters import COLLECTION_PARAMETERS, SEARCH_PARAMETERS
from catalog.stac.core.queryables import queryables_document, sortables_document
from catalog.stac.core.remembered import respond_remembering
from catalog.stac.core.responses import GeoJSONRenderer, JSONParser, JSONRenderer, OneFormat, SchemaRenderer

# A request that takes no longer is what a site is there for.
COUNTED_SECONDS = 0.25


class ReadingSession(SessionAuthentication):
    """A search by POST changes nothing, so a page may send it without the token against forged requests."""

    def enforce_csrf(self, request: Request) -> None:  # noqa: ARG002
        return


class StacView(APIView):
    """What is read here is public or not by its collection, never by the route."""

    authentication_classes = (TokenAuthentication, ReadingSession)
    permission_classes = (AllowAny,)
    content_negotiation_class = OneFormat
    parser_classes = (JSONParser,)
    throttle_classes = (SearchThrottle,)
    renderer_classes: Any = (JSONRenderer,)
    # That a request may take on the whole; None: those of a search.
    seconds: float | None = None
    # Whether its seconds are those of searches, of which each reader has so many.
    counts_seconds = True

    @property
    def site(self) -> Site:
        return Site.of(self.request)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        began = time.monotonic()
        try:
            with search_deadline(seconds=self.seconds):
                response = super().dispatch(request, *args, **kwargs)
            response["Server-Timing"] = f"search;dur={(time.monotonic() - began) * 1e3:.1f}"
            return response
        finally:
            took = time.monotonic() - began
            if took > COUNTED_SECONDS and self.counts_seconds:
                tallies.add("search_seconds", counted_as(self.request), took)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any("\x00" in str(value) for value in kwargs.values()):
            # PostgreSQL refuses NUL in text, so it must not be asked.
            raise NotFound("No id has a NUL character.")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        if getattr(final, "exception", False):
            # An error is JSON, also where the answer would have been GeoJSON.
            final.accepted_renderer, final.accepted_media_type = JSONRenderer(), JSON
        if isinstance(final, Response):
            make_conditional(request, final)
        return final


class LandingView(StacView):
    @describe_get("getLandingPage")
    def get(self, request: Request) -> Response:
        children = Collection.objects.visible_to(request.user).values_list("id", "title")
        return Response(landing_document(children, site=self.site))


class ConformanceView(StacView):
    @describe_get("getConformance")
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response({"conformsTo": CONFORMS_TO})


class CollectionsView(StacView):
    @describe_get("getCollections", errors=(400,), parameters=COLLECTION_PARAMETERS)
    def get(self, request: Request) -> Response:
        query = parse_collection_query(request.query_params)
        page = search_collections(query, user=request.user)
        return Response(collections_document(page, params=request.query_params, site=self.site, fields=query.fields))


class CollectionsQueryablesView(StacView):
    """Of collections themselves."""

    renderer_classes = (SchemaRenderer,)

    @describe_get("getCollectionsQueryables", media_type=SCHEMA)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response(collection_queryables_document(href=f"{self.site.collections}-queryables"))


class CollectionsSortablesView(StacView):
    """Of collections themselves."""

    renderer_classes = (SchemaRenderer,)

    @describe_get("getCollectionsSortables", media_type=SCHEMA)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response(collection_sortables_document(href=f"{self.site.collections}-sortables"))


class ChildrenView(StacView):
    @describe_get("getChildren")
    def get(self, request: Request) -> Response:
        return Response(children_document(Collection.objects.visible_to(request.user), site=self.site))


class CollectionView(StacView):
    @describe_get("getCollection", errors=(404,))
    def get(self, request: Request, collection_id: str) -> Response:
        collection = get_visible_collection(user=request.user, collection_id=collection_id)
        document = collection_document(collection, base=self.site.base)
        return respond(request, document, etag=collection_etag(collection))


def search_document(
    request: Request, query: SearchQuery, *, sight: Sight | None, site: Site, links: Callable[[Page], list[Link]]
) -> Document:
    """Return the page that is asked for, which has what ``links`` makes of it."""
    result = search_items(query, user=request.user, sight=sight)
    version = sight.version if sight else ""
    return items_document(result, links=links(result.page), site=site, version=version, fields=query.fields)


class ItemsView(StacView):
    renderer_classes = (GeoJSONRenderer,)

    @describe_get("getItems", media_type=GEOJSON, errors=(400, 404), parameters=SEARCH_PARAMETERS)
    def get(self, request: Request, collection_id: str) -> Response:
        sight = find_sight(request.user)
        if sight is None or collection_id not in sight.collections:
            get_visible_collection(user=request.user, collection_id=collection_id)

        def links(page: Page) -> list[Link]:
            found = get_links(page, href=self.site.items(collection_id), params=request.query_params)
            return found + [link(rel, self.site.collection(collection_id), JSON) for rel in ("parent", "collection")]

        def made() -> Document:
            query = parse_query_string(request.query_params).within(collection_id)
            return search_document(request, query, sight=sight, site=self.site, links=links)

        return respond_remembering(request, made, sight=sight)


class ItemView(StacView):
    renderer_classes = (GeoJSONRenderer,)

    @describe_get("getItem", media_type=GEOJSON, errors=(404,))
    def get(self, request: Request, collection_id: str, item_id: str) -> Response:
        item = get_visible_item(user=request.user, collection_id=collection_id, item_id=item_id)
        renders = renders_by_collection([collection_id]).get(collection_id)
        document = item_document(item, base=self.site.base, renders=renders)
        return respond(request, document, etag=item_etag(item, renders=renders))


class SchemaView(StacView):
    """Of the items of one collection, or of all that the reader sees."""

    renderer_classes = (SchemaRenderer,)
    document: Callable[..., Document]
    name: str

    def get(self, request: Request, collection_id: str | None = None) -> Response:
        collections = Collection.objects.visible_to(request.user)
        items = Item.objects.visible_to(request.user)
        prefix = self.site.root.rstrip("/")
        if collection_id is not None:
            collection = get_visible_collection(user=request.user, collection_id=collection_id)
            collections, items = collections.filter(pk=collection.pk), items.filter(collection=collection)
            prefix = self.site.collection(collection.id)
        return Response(type(self).document(items, collections, href=f"{prefix}/{self.name}"))


@extend_schema_view(get=describe_get("getQueryables", media_type=SCHEMA, errors=(404,)))
class QueryablesView(SchemaView):
    document = staticmethod(queryables_document)
    name = "queryables"


@extend_schema_view(get=describe_get("getSortables", media_type=SCHEMA, errors=(404,)))
class SortablesView(SchemaView):
    document = staticmethod(sortables_document)
    name = "sortables"


@extend_schema_view(get=describe_get("getCollectionQueryables", media_type=SCHEMA, errors=(404,)))
class CollectionQueryablesView(QueryablesView):
    """The same of one collection."""


@extend_schema_view(get=describe_get("getCollectionSortables", media_type=SCHEMA, errors=(404,)))
class CollectionSortablesView(SortablesView):
    """The same of one collection."""


class SearchView(StacView):
    token_scopes = READS_BY_POST
    renderer_classes = (GeoJSONRenderer,)

    @describe_get("getSearch", media_type=GEOJSON, errors=(400,), parameters=SEARCH_PARAMETERS)
    def get(self, request: Request) -> Response:
        sight = find_sight(request.user)

        def links(page: Page) -> list[Link]:
            return get_links(page, href=self.site.search, params=request.query_params)

        def made() -> Document:
            query = parse_query_string(request.query_params)
            return search_document(request, query, sight=sight, site=self.site, links=links)

        return respond_remembering(request, made, sight=sight)

    @describe_post("postSearch", parameters=SEARCH_PARAMETERS, media_type=GEOJSON)
    def post(self, request: Request) -> Response:
        body = request.data
        if not isinstance(body, dict):
            raise InvalidParameter("body", "give a JSON object")

        def links(page: Page) -> list[Link]:
            return post_links(page, href=self.site.search, body=body)

        sight = find_sight(request.user)
        return Response(search_document(request, parse_body(body), sight=sight, site=self.site, links=links))
