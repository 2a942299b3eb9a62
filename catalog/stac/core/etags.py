"""Conditional reading: a client that has a document already need not get it again."""

from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any

import orjson
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Collection, Item
from catalog.services.collections.renders import Renders, renders_by_collection
from catalog.stac.core.documents import Document
from tiles.rest.responses import is_known

# What a document depends on besides its address: who sees what.
VARY = ("Authorization", "Cookie")
NO_CACHE = "no-cache"


def item_etag(item: Item, *, renders: Renders | None = None) -> str:
    """Return an item's ETag; the row's number tells it from a deleted one of its id. `renders` as in its document."""
    suffix = f"-{blake2b(orjson.dumps(renders), digest_size=6).hexdigest()}" if renders else ""
    return f'"{item.pk_id}-{item.version}{suffix}"'


def item_etag_in(collection_id: str) -> Callable[[Item], str]:
    """Return the function that gives the ETags of items of one collection."""
    return partial(item_etag, renders=renders_by_collection([collection_id]).get(collection_id))


def collection_etag(collection: Collection) -> str:
    """Return a collection's ETag; the time it was made tells it from a deleted one of its id."""
    return f'"{collection.created.timestamp():.6f}-{collection.version}"'


def respond(request: Request, document: Document, *, etag: str) -> Response:
    """Answer 200 with the document, or 304 without."""
    headers = {"ETag": etag, "Cache-Control": NO_CACHE}
    if is_known(request, etag):
        return Response(status=304, headers=headers)
    return Response(document, headers=headers)


def make_conditional(request: Request, response: Response) -> None:
    """Give a document that has no version the ETag of its bytes, once there are; or take away what the client has."""
    patch_vary_headers(response, VARY)
    if request.method in {"GET", "HEAD"} and response.status_code == 200 and not response.has_header("ETag"):
        response.add_post_render_callback(lambda rendered: _tag_content(request, rendered))


def _tag_content(request: Request, response: Any) -> None:
    response["ETag"] = f'"{blake2b(response.content, digest_size=16).hexdigest()}"'
    response.setdefault("Cache-Control", NO_CACHE)
    if is_known(request, response["ETag"]):
        response.status_code = 304
        response.content = b""
        del response["Content-Type"]
