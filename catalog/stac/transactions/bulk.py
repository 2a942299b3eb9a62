"""Many items by one request: an ItemCollection posted to a collection's items, or a bulk."""

from http import HTTPStatus
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.authentication import signed_in
from catalog.errors import InvalidDocument
from catalog.services.items.bulk import BulkReport, write_items_as
from catalog.stac.core.documents import Document
from catalog.stac.core.links import JSON, Site
from catalog.stac.core.openapi import describe_change
from catalog.stac.core.responses import BulkParser, JSONRenderer
from catalog.stac.core.views import StacView
from catalog.stac.transactions.bodies import ITEM_COLLECTION, ITEMS_BY_ID, one_of
from catalog.stac.transactions.incoming import WritingMixin, asked_handling, localized

MANY = one_of(ITEMS_BY_ID, ITEM_COLLECTION)
METHODS = {"insert": False, "upsert": True}


class BulkItemsView(WritingMixin, StacView):
    """`{"items": {ID: ITEM, …}, "method": "insert" | "upsert"}`, or an ItemCollection, which is upserted."""

    parser_classes = (BulkParser,)

    @describe_change("postBulkItems", body=MANY, status=200, errors=(400, 401, 403, 404, 413, 415))
    def post(self, request: Request, collection_id: str) -> Response:
        body = request.data
        if isinstance(body, dict) and body.get("type") == "FeatureCollection":
            documents, replace = _features(body), True
        else:
            documents, replace = _by_id(body)
        report = write_items_as(
            user=signed_in(request),
            collection_id=collection_id,
            documents=[localized(document, site=self.site) for document in documents],
            replace=replace,
            handling=asked_handling(request),
        )
        return answer(report, collection_id=collection_id, site=self.site, success=HTTPStatus.OK)


def post_item_collection(request: Request, *, collection_id: str, site: Site) -> Response:
    """Write the posted items: 201 when all were made, 207 when some were."""
    report = write_items_as(
        user=signed_in(request),
        collection_id=collection_id,
        documents=[localized(feature, site=site) for feature in _features(request.data)],
        replace=False,
        handling=asked_handling(request),
    )
    return answer(report, collection_id=collection_id, site=site, success=HTTPStatus.CREATED)


def answer(report: BulkReport, *, collection_id: str, site: Site, success: HTTPStatus) -> Response:
    """Tell what became of each item: 207 when some were refused; 400, or 409 for conflicts alone, when all were."""
    written = len(report.created) + len(report.updated) + len(report.unchanged)
    document: Document = {
        "created": [site.item(collection_id, item_id) for item_id in report.created],
        "updated": [site.item(collection_id, item_id) for item_id in report.updated],
        "unchanged": len(report.unchanged),
        "refused": [
            {"index": each.position, "id": each.item_id, "code": each.code, "description": each.description}
            for each in report.refused
        ],
    }
    if report.mended:
        document["mended"] = [
            {"index": each.position, "id": each.item_id, "description": each.description} for each in report.mended
        ]
    if not report.refused:
        return _json(document, status=success)
    if written:
        return _json(document, status=HTTPStatus.MULTI_STATUS)
    first = report.refused[0]
    described = {"code": first.code, "description": f"No item was taken. The first: {first.description}", **document}
    conflicts = all(each.code in {"item_exists", "duplicate_id"} for each in report.refused)
    return _json(described, status=HTTPStatus.CONFLICT if conflicts else HTTPStatus.BAD_REQUEST)


def _json(document: Document, *, status: HTTPStatus) -> Response:
    response = Response(document, status=status, content_type=JSON)
    # Wherever it was asked for: this is no GeoJSON.
    response.accepted_renderer = JSONRenderer()
    return response


def _features(body: object) -> list[Any]:
    features = body.get("features") if isinstance(body, dict) else None
    if not isinstance(features, list) or not features:
        raise InvalidDocument("features: give a list of Items.")
    return features


def _by_id(body: object) -> tuple[list[Any], bool]:
    items = body.get("items") if isinstance(body, dict) else None
    method = body.get("method", "insert") if isinstance(body, dict) else None
    if not isinstance(items, dict) or not items:
        raise InvalidDocument('items: give an object of Items by their id, or an ItemCollection with "features".')
    if not isinstance(method, str) or method not in METHODS:
        raise InvalidDocument(f"method: give one of {', '.join(METHODS)}.")
    for key, item in items.items():
        if isinstance(item, dict) and item.setdefault("id", key) != key:
            raise InvalidDocument(f"items.{key}.id: is not {key!r}, as its place says.")
    return list(items.values()), METHODS[method]
