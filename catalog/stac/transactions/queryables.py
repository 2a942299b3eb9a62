"""`PUT /stac/collections/{id}/queryables`: editors define what items can be found by."""

from http import HTTPStatus
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.authentication import signed_in
from catalog.errors import InvalidDocument
from catalog.models import Collection, Item
from catalog.services.collections.queryables import replace_queryables
from catalog.stac.core.documents import Document
from catalog.stac.core.openapi import changes
from catalog.stac.core.responses import JSONParser, SchemaParser
from catalog.stac.core.views import CollectionQueryablesView
from catalog.stac.search.schemas import CORE, property_schemas
from catalog.stac.transactions.bodies import QUERYABLES
from catalog.stac.transactions.writing import WritingMixin


class EditableQueryablesView(WritingMixin, CollectionQueryablesView):
    """The same of one collection. What is put there is a JSON Schema whose `properties` are defined."""

    parser_classes: Any = (JSONParser, SchemaParser)

    @changes("putCollectionQueryables", body=QUERYABLES, errors=(400, 401, 403, 404, 413, 415))
    def put(self, request: Request, collection_id: str) -> Response:
        """Define properties in place of what was defined before; `{"properties": {}}` leaves them to the data."""
        user = signed_in(request)
        definitions = _definitions(request.data, collection_id=collection_id)
        replace_queryables(user=user, collection_id=collection_id, definitions=definitions)
        return Response(status=HTTPStatus.NO_CONTENT)


def _definitions(body: object, *, collection_id: str) -> Document:
    """Without those that say what is known: who reads queryables and writes them back defines only what changed."""
    properties = body.get("properties") if isinstance(body, dict) else None
    if not isinstance(properties, dict):
        raise InvalidDocument("properties: give an object of JSON Schemas by the name of the property.")
    items = Item.objects.filter(collection_id=collection_id)
    stored = Collection.objects.filter(pk=collection_id).values_list("queryables", flat=True).first() or {}
    known = {name: schema for name, schema in property_schemas(items).items() if name not in stored} | CORE
    return {name: schema for name, schema in properties.items() if known.get(name) != schema}
