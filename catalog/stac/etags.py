"""Conditional reading: a client that has a document already need not get it again."""

from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Collection, Item

from .documents import Document


def item_etag(item: Item) -> str:
    """The row's number tells it from one of the same id that was deleted."""
    return f'"{item.pk_id}-{item.version}"'


def collection_etag(collection: Collection) -> str:
    """As an item's: the time it was made tells it from one of the same id that was deleted."""
    return f'"{collection.created.timestamp():.6f}-{collection.version}"'


def respond(request: Request, document: Document, *, etag: str) -> Response:
    """200 with the document, or 304 without."""
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if get_conditional_response(request, etag=etag) is not None:
        return Response(status=304, headers=headers)
    return Response(document, headers=headers)
