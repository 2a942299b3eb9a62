"""The tiles of a layer."""

from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags, quote_etag
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from catalog.services.overviews import audience_key, find_overview
from tiles.cache import cached_tile, tile_key
from tiles.conf import tiles_settings
from tiles.deadline import deadline
from tiles.encode import ImageFormat, encode, image_format
from tiles.mosaics.rendering import MosaicPlan, render_mosaic

from . import openapi
from .asking import Spot, parse_request, parse_spot
from .overview_tiles import encode_overview, is_prepared
from .views import MosaicView

# Seconds. A layer changes whenever an item does; its ETag makes asking again cheap.
MAX_AGE = 60
INCOMPLETE = "Mosaic-Incomplete"
OF_SIZE = {"tilesize", "buffer"}
# What a cached tile begins with: whether all its images were looked at.
WHOLE, LIMITED = b"\x00", b"\x01"


class PassingTile(Exception):
    """A tile that the next attempt may make better: it is sent, and not kept."""

    def __init__(self, content: bytes, reason: str) -> None:
        super().__init__(reason)
        self.content = content
        self.reason = reason


class TileView(MosaicView):
    @extend_schema(
        operation_id="search_tile",
        summary="One tile of a search",
        parameters=[openapi.SEARCH_ID, *openapi.PLACE, openapi.IMAGE_FORMAT, *openapi.STYLE, *openapi.SIZE],
        responses=openapi.TILE,
    )
    def get(self, request: Request, search_id: str, **kwargs: Any) -> HttpResponse:
        """All images that the search finds here, of those that the reader may see; 204 where there are none.

        What is cached is named by the files that it is made of, so nobody is shown an image that isn't theirs.
        """
        asked, target = parse_request(request, search_id), image_format(kwargs["image_format"])
        spot = parse_spot(request, asked.layer, kwargs)
        if asked.is_as_registered and not request.query_params.keys() & OF_SIZE and is_prepared(spot):
            return _overview(request, spot, target)
        plan = asked.plan
        refs = tuple(ref for item in spot.items for ref in item.sources)
        parts = (spot.grid.identifier, spot.zxy, spot.area, plan and plan.canonical, len(spot.items), target.name)
        key = tile_key(refs, "mosaic", *parts)
        control = f"{'public' if asked.layer.audience.is_public else 'private'}, max-age={MAX_AGE}"
        if _is_known(request, key):
            return _labelled(HttpResponseNotModified(), key, control)
        if plan is None or not spot.items:
            return _labelled(HttpResponse(status=204), key, control)
        try:
            content = cached_tile(key, lambda: _render(spot, plan, target))
        except PassingTile as passing:
            response = _answer(passing.content, target)
            response[INCOMPLETE], response["Cache-Control"] = passing.reason, "no-store"
            return response
        response = _labelled(_answer(content[1:], target), key, control)
        if content[:1] == LIMITED:
            response[INCOMPLETE] = "items"
        return response


class MatrixSetTileView(TileView):
    @extend_schema(
        operation_id="search_matrix_set_tile",
        summary="One tile of a search in a tile matrix set",
        parameters=[
            openapi.SEARCH_ID, openapi.MATRIX_SET, *openapi.PLACE, openapi.IMAGE_FORMAT, *openapi.STYLE, *openapi.SIZE
        ],
        responses=openapi.TILE,
    )  # fmt: skip
    def get(self, request: Request, search_id: str, **kwargs: Any) -> HttpResponse:
        """Likewise."""
        return super().get(request, search_id, **kwargs)


def _render(spot: Spot, plan: MosaicPlan, target: ImageFormat) -> bytes:
    limits = tiles_settings().limits
    members = [item.sources for item in spot.items]
    with deadline(limits.render_seconds):
        found = render_mosaic(members, spot.grid, spot.area, plan=plan, limits=limits)
    content = encode(found.picture, target) if found.picture else b""
    if found.incomplete in ("time", "unreadable"):
        raise PassingTile(content, found.incomplete)
    return (LIMITED if found.incomplete else WHOLE) + content


def _overview(request: Request, spot: Spot, target: ImageFormat) -> HttpResponse:
    """A prepared tile. All who get it see the same collections."""
    tile = find_overview(spot.layer.search, audience=audience_key(spot.layer.audience.collections), zxy=spot.zxy)
    key = tile_key((), "overview", spot.layer.search.pk, tile and tile.blob_name, target.name)
    control = f"{'public' if spot.layer.audience.is_public else 'private'}, max-age={MAX_AGE}"
    if _is_known(request, key):
        return _labelled(HttpResponseNotModified(), key, control)
    content = cached_tile(key, lambda: encode_overview(tile, target)) if tile else b""
    return _labelled(_answer(content, target), key, control)


def _answer(content: bytes, target: ImageFormat) -> HttpResponse:
    return HttpResponse(content, content_type=target.media_type) if content else HttpResponse(status=204)


def _is_known(request: Request, key: str) -> bool:
    known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return "*" in known or not {quote_etag(key), f"W/{quote_etag(key)}"}.isdisjoint(known)


def _labelled(response: HttpResponse, key: str, control: str) -> HttpResponse:
    response["ETag"], response["Cache-Control"] = quote_etag(key), control
    return response
