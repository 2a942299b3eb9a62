"""The routes of the STAC API that change the catalog: the Transaction extensions of items and of collections."""

from http import HTTPStatus
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.authentication import signed_in
from catalog.documents.mending import Mending
from catalog.errors import InvalidDocument
from catalog.models import Collection, Item
from catalog.services.collections.editing import (
    create_collection_from_document,
    delete_collection,
    patch_collection,
    replace_collection,
)
from catalog.services.collections.queryables import replace_queryables
from catalog.services.collections.renders import renders_by_collection
from catalog.services.items.editing import create_item, delete_item, patch_item, replace_item
from catalog.stac.core.documents import Document, collection_document
from catalog.stac.core.etags import collection_etag, item_etag, item_etag_in
from catalog.stac.core.items import item_document
from catalog.stac.core.openapi import describe_change
from catalog.stac.core.queryables import CORE, known_schemas
from catalog.stac.core.responses import JSONParser, SchemaParser
from catalog.stac.core.views import CollectionQueryablesView, CollectionsView, CollectionView, ItemsView, ItemView
from catalog.stac.transactions.bodies import COLLECTION, ITEM, ITEM_COLLECTION, QUERYABLES, one_of, part_of
from catalog.stac.transactions.bulk import post_item_collection
from catalog.stac.transactions.incoming import WritingMixin, asked_handling, expected_version, localized, told


class EditableItemsView(WritingMixin, ItemsView):
    @describe_change(
        "postItem", body=one_of(ITEM, ITEM_COLLECTION), status=201, errors=(400, 401, 403, 404, 409, 413, 415)
    )
    def post(self, request: Request, collection_id: str) -> Response:
        user, document = signed_in(request), request.data
        if isinstance(document, dict) and document.get("type") == "FeatureCollection":
            return post_item_collection(request, collection_id=collection_id, site=self.site)
        mending = Mending(asked_handling(request))
        item = create_item(
            user=user, collection_id=collection_id, document=localized(document, site=self.site), mending=mending
        )
        renders = renders_by_collection([collection_id]).get(collection_id)
        headers = {
            "Location": self.site.item(collection_id, item.item_id),
            "ETag": item_etag(item, renders=renders),
            **told(mending),
        }
        return Response(
            item_document(item, base=self.site.base, renders=renders), status=HTTPStatus.CREATED, headers=headers
        )


class EditableItemView(WritingMixin, ItemView):
    @describe_change("putItem", body=ITEM, errors=(400, 401, 403, 404, 412, 413, 415))
    def put(self, request: Request, collection_id: str, item_id: str) -> Response:
        mending = Mending(asked_handling(request))
        item = replace_item(
            user=signed_in(request),
            collection_id=collection_id,
            item_id=item_id,
            document=localized(request.data, site=self.site),
            expected=expected_version(request, etag=item_etag_in(collection_id)),
            mending=mending,
        )
        headers = {"ETag": item_etag_in(collection_id)(item), **told(mending)}
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)

    @describe_change("patchItem", body=part_of(ITEM), errors=(400, 401, 403, 404, 412, 413, 415))
    def patch(self, request: Request, collection_id: str, item_id: str) -> Response:
        mending = Mending(asked_handling(request))
        item = patch_item(
            user=signed_in(request),
            collection_id=collection_id,
            item_id=item_id,
            patch=localized(request.data, site=self.site),
            expected=expected_version(request, etag=item_etag_in(collection_id)),
            mending=mending,
        )
        headers = {"ETag": item_etag_in(collection_id)(item), **told(mending)}
        return Response(status=HTTPStatus.NO_CONTENT, headers=headers)

    @describe_change("deleteItem", errors=(401, 403, 404, 412))
    def delete(self, request: Request, collection_id: str, item_id: str) -> Response:
        """204 also for what is not there: it is gone, which is what was asked for."""
        delete_item(
            user=signed_in(request),
            collection_id=collection_id,
            item_id=item_id,
            expected=expected_version(request, etag=item_etag_in(collection_id)),
        )
        return Response(status=HTTPStatus.NO_CONTENT)


class EditableCollectionsView(WritingMixin, CollectionsView):
    @describe_change("postCollection", body=COLLECTION, status=201, errors=(400, 401, 409, 413, 415))
    def post(self, request: Request) -> Response:
        mending = Mending(asked_handling(request))
        collection = create_collection_from_document(
            user=signed_in(request), document=localized(request.data, site=self.site), mending=mending
        )
        headers = {
            "Location": self.site.collection(collection.pk),
            "ETag": collection_etag(collection),
            **told(mending),
        }
        document = collection_document(collection, base=self.site.base)
        return Response(document, status=HTTPStatus.CREATED, headers=headers)


class EditableCollectionView(WritingMixin, CollectionView):
    @describe_change("putCollection", body=COLLECTION, errors=(400, 401, 403, 404, 412, 413, 415))
    def put(self, request: Request, collection_id: str) -> Response:
        mending = Mending(asked_handling(request))
        collection = replace_collection(
            user=signed_in(request),
            collection_id=collection_id,
            document=localized(request.data, site=self.site),
            expected=expected_version(request, etag=collection_etag),
            mending=mending,
        )
        return Response(status=HTTPStatus.NO_CONTENT, headers={"ETag": collection_etag(collection), **told(mending)})

    @describe_change("patchCollection", body=part_of(COLLECTION), errors=(400, 401, 403, 404, 412, 413, 415))
    def patch(self, request: Request, collection_id: str) -> Response:
        mending = Mending(asked_handling(request))
        collection = patch_collection(
            user=signed_in(request),
            collection_id=collection_id,
            patch=localized(request.data, site=self.site),
            expected=expected_version(request, etag=collection_etag),
            mending=mending,
        )
        return Response(status=HTTPStatus.NO_CONTENT, headers={"ETag": collection_etag(collection), **told(mending)})

    @describe_change("deleteCollection", errors=(401, 403, 404, 412))
    def delete(self, request: Request, collection_id: str) -> Response:
        delete_collection(
            user=signed_in(request),
            collection_id=collection_id,
            expected=expected_version(request, etag=collection_etag),
        )
        return Response(status=HTTPStatus.NO_CONTENT)


class EditableQueryablesView(WritingMixin, CollectionQueryablesView):
    """The same of one collection. What is put there is a JSON Schema whose `properties` are defined."""

    parser_classes: Any = (JSONParser, SchemaParser)

    @describe_change("putCollectionQueryables", body=QUERYABLES, errors=(400, 401, 403, 404, 413, 415))
    def put(self, request: Request, collection_id: str) -> Response:
        """Define properties in place of what was defined before; `{"properties": {}}` leaves them to the data."""
        user = signed_in(request)
        definitions = _definitions(request.data, collection_id=collection_id)
        replace_queryables(user=user, collection_id=collection_id, definitions=definitions)
        return Response(status=HTTPStatus.NO_CONTENT)


def _definitions(body: object, *, collection_id: str) -> Document:
    """Return the schemas that say more than is known: who writes back what was read defines only what changed."""
    properties = body.get("properties") if isinstance(body, dict) else None
    if not isinstance(properties, dict):
        raise InvalidDocument("properties: give an object of JSON Schemas by the name of the property.")
    items = Item.objects.filter(collection_id=collection_id)
    collections = Collection.objects.filter(pk=collection_id)
    stored = collections.values_list("queryables", flat=True).first() or {}
    known = {name: schema for name, schema in known_schemas(items, collections).items() if name not in stored} | CORE
    return {name: schema for name, schema in properties.items() if known.get(name) != schema}
