"""Answers that HTTP caches may keep for a while, under the names and versions of the files that they are made of.

So nobody is shown an image that isn't theirs, and readers who see the same share it.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.http import HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import quote_etag
from rest_framework.request import Request

from catalog.mosaics.layer import Found, Layer
from catalog.services.searches.members import MosaicItem
from catalog.services.searches.overview_items import ItemName
from tiles.rest import conditional
from tiles.rest.cache import cached_tile, tile_key
from tiles.rest.responses import no_content

# Seconds. A layer changes whenever an item does; its ETag makes asking again cheap.
MAX_AGE = 60
INCOMPLETE = "Mosaic-Incomplete"
# Reasons for which the next attempt may be better.
PASSING = ("time", "unreadable")
# What cached content begins with: whether all of its images were looked at.
WHOLE, LIMITED = b"\x00", b"\x01"
Response = TypeVar("Response", bound=HttpResponseBase)


class _Passing(Exception):
    """Content that the next attempt may make better: it is sent, and not kept."""

    def __init__(self, content: bytes, reason: str) -> None:
        super().__init__(reason)
        self.content = content
        self.reason = reason


def key_of(items: Found, *parts: object) -> str:
    """The name of what is made of these items: cache key and ETag alike."""
    refs = tuple(ref for item in items for ref in item.sources)
    return tile_key(refs, "mosaic", *parts, len(items))


def cached_answer(
    request: Request, layer: Layer, key: str, *, media_type: str, make: Callable[[], tuple[bytes, str]]
) -> HttpResponse:
    """What ``make`` encodes, and why images are missing in it; 304 if the client has it, 204 if it is empty."""
    if is_known(request, key):
        return labelled(HttpResponseNotModified(), layer, key)

    def keep() -> bytes:
        content, reason = make()
        if reason in PASSING:
            raise _Passing(content, reason)
        return (LIMITED if reason else WHOLE) + content

    try:
        content = cached_tile(key, keep)
    except _Passing as passing:
        return incomplete(answer(passing.content, media_type), passing.reason)
    response = labelled(answer(content[1:], media_type), layer, key)
    if content[:1] == LIMITED:
        response[INCOMPLETE] = "items"
    return response


def incomplete(response: Response, reason: str) -> Response:
    """Say why images are missing, if any are, and have nobody keep what the next attempt may make better."""
    if reason:
        response[INCOMPLETE] = reason
    if reason in PASSING:
        response["Cache-Control"] = "no-store"
    return response


def used_items(items: Found, used: Iterable[int]) -> list[dict[str, str]]:
    """Names of those that something was made of."""
    return [named(items[number]) for number in sorted(used)]


def named(item: MosaicItem | ItemName) -> dict[str, str]:
    return {"collection": item.collection_id, "id": item.item_id}


def answer(content: bytes, media_type: str) -> HttpResponse:
    return HttpResponse(content, content_type=media_type) if content else no_content()


def is_known(request: Request, key: str) -> bool:
    return conditional.is_known(request, quote_etag(key))


def labelled(response: Response, layer: Layer, key: str) -> Response:
    response["ETag"] = quote_etag(key)
    response["Cache-Control"] = f"{'public' if layer.audience.is_public else 'private'}, max-age={MAX_AGE}"
    return response
