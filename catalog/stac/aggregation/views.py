"""The routes `aggregate` and `aggregations`, of the site and of a collection."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.authentication import READS_BY_POST
from catalog.errors import InvalidParameter
from catalog.models import Item
from catalog.services.access.permissions import get_visible_collection
from catalog.services.access.sight import find_sight
from catalog.stac.aggregation.available import available_aggregations
from catalog.stac.aggregation.computing import aggregate_items
from catalog.stac.aggregation.query import AggregationQuery, parse_aggregation_body, parse_aggregation_params
from catalog.stac.core.documents import Document
from catalog.stac.core.links import JSON, Link, Site, link
from catalog.stac.core.openapi import describe_get, describe_post
from catalog.stac.core.parameters import AGGREGATION_PARAMETERS
from catalog.stac.core.views import StacView


class AggregationsView(StacView):
    @describe_get("getAggregations")
    def get(self, request: Request) -> Response:
        items = Item.objects.visible_to(request.user)
        return Response(_document(available_aggregations(items), self.site.root, "aggregations", site=self.site))


class CollectionAggregationsView(StacView):
    @describe_get("getCollectionAggregations", errors=(404,))
    def get(self, request: Request, collection_id: str) -> Response:
        collection = get_visible_collection(user=request.user, collection_id=collection_id)
        found = available_aggregations(collection.items.all())
        return Response(_document(found, self.site.collection(collection_id), "aggregations", site=self.site))


class AggregateView(StacView):
    token_scopes = READS_BY_POST

    @describe_get("getAggregate", errors=(400,), parameters=AGGREGATION_PARAMETERS)
    def get(self, request: Request) -> Response:
        return self._answer(request, parse_aggregation_params(request.query_params))

    @describe_post("postAggregate", parameters=AGGREGATION_PARAMETERS)
    def post(self, request: Request) -> Response:
        return self._answer(request, parse_aggregation_body(_object(request.data)))

    def _answer(self, request: Request, query: AggregationQuery) -> Response:
        found = aggregate_items(query, user=request.user, sight=find_sight(request.user))
        return Response(_document(found, self.site.root, "aggregate", site=self.site))


class CollectionAggregateView(StacView):
    token_scopes = READS_BY_POST

    @describe_get("getCollectionAggregate", errors=(400, 404), parameters=AGGREGATION_PARAMETERS)
    def get(self, request: Request, collection_id: str) -> Response:
        return self._answer(request, collection_id, parse_aggregation_params(request.query_params))

    @describe_post("postCollectionAggregate", parameters=AGGREGATION_PARAMETERS, errors=(404,))
    def post(self, request: Request, collection_id: str) -> Response:
        return self._answer(request, collection_id, parse_aggregation_body(_object(request.data)))

    def _answer(self, request: Request, collection_id: str, query: AggregationQuery) -> Response:
        """Answer for one collection, of which only what it lists may be asked, says the extension."""
        collection = get_visible_collection(user=request.user, collection_id=collection_id)
        listed = [each["name"] for each in available_aggregations(collection.items.all())]
        for name in query.names:
            if name not in listed:
                raise InvalidParameter("aggregations", f"{name!r} is none of this collection's: {', '.join(listed)}")
        found = aggregate_items(query.within(collection.id), user=request.user, sight=find_sight(request.user))
        return Response(_document(found, self.site.collection(collection_id), "aggregate", site=self.site))


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidParameter("body", "give a JSON object")
    return body


def _document(aggregations: list[Document], prefix: str, route: str, *, site: Site) -> Document:
    own = prefix.rstrip("/")
    links: list[Link] = [link("self", f"{own}/{route}", JSON), link("root", site.root, JSON)]
    if prefix != site.root:
        links.append(link("collection", prefix, JSON))
    return {"type": "AggregationCollection", "aggregations": aggregations, "links": links}
