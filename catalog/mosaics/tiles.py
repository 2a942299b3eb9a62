"""The tiles of a layer."""

from functools import partial
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from rest_framework.request import Request

from catalog.mosaics import openapi
from catalog.mosaics.answers import answer, cached_answer, is_known, key_of, labelled
from catalog.mosaics.asking import Spot, parse_request, parse_spot
from catalog.mosaics.overview_tiles import encode_overview, is_prepared, prepared_tile
from catalog.mosaics.views import MosaicView
from tiles.conf import tiles_settings
from tiles.encoding.formats import DataFormat, ImageFormat, RegionFormat, encode, region_format
from tiles.limits import deadline
from tiles.mosaics.cutting import mosaic_value_tile
from tiles.mosaics.resolving import MosaicPlan
from tiles.mosaics.tile import render_mosaic
from tiles.mosaics.values import ValuePlan
from tiles.rest.cache import cached_tile, tile_key
from tiles.rest.responses import no_content
from tiles.rest.tile import check_lossless


class TileView(MosaicView):
    @openapi.of_search(
        "tile",
        "One tile of a search",
        openapi.MATRIX_SET_ID,
        openapi.IMAGE_FORMAT,
        *openapi.OF_TILE,
        responses=openapi.TILE,
    )
    def get(self, request: Request, search_id: str, **kwargs: Any) -> HttpResponse:
        """All images that the search finds here, of those that the reader may see; 204 where there are none."""
        asked, target = parse_request(request, search_id), region_format(kwargs["image_format"])
        check_lossless(asked.style, target)
        spot = parse_spot(request, asked.layer, kwargs)
        if isinstance(target, ImageFormat) and is_prepared(request, asked, spot):
            return _overview(request, spot, target)
        plan = asked.values if isinstance(target, DataFormat) else asked.plan
        parts = (spot.grid.identifier, spot.zxy, spot.area, plan and plan.canonical, target.name)
        key = key_of(spot.items, *parts)
        if plan is None or not spot.items:
            return labelled(no_content(), asked.layer, key)
        make = partial(_render, spot, plan, target)
        return cached_answer(request, asked.layer, key, media_type=target.media_type, make=make)


class MatrixSetTileView(TileView):
    @openapi.of_search(
        "matrix_set_tile",
        "One tile of a search in a tile matrix set",
        openapi.MATRIX_SET,
        openapi.IMAGE_FORMAT,
        *openapi.OF_TILE,
        responses=openapi.TILE,
    )
    def get(self, request: Request, search_id: str, **kwargs: Any) -> HttpResponse:
        """Likewise."""
        return super().get(request, search_id, **kwargs)


def _render(spot: Spot, plan: MosaicPlan | ValuePlan, target: RegionFormat) -> tuple[bytes, str]:
    limits = tiles_settings().limits
    with deadline(limits.render_seconds):
        if isinstance(plan, ValuePlan):
            assert isinstance(target, DataFormat)
            return mosaic_value_tile(spot.items, spot.grid, spot.area, plan=plan, target=target, limits=limits)
        found = render_mosaic(spot.items, spot.grid, spot.area, plan=plan, limits=limits)
    assert isinstance(target, ImageFormat)
    return encode(found.picture, target) if found.picture else b"", found.incomplete


def _overview(request: Request, spot: Spot, target: ImageFormat) -> HttpResponse:
    layer, tile = spot.layer, prepared_tile(spot)
    key = tile_key((), "overview", layer.search.pk, tile and tile.blob_name, target.name)
    if is_known(request, key):
        return labelled(HttpResponseNotModified(), layer, key)
    content = cached_tile(key, lambda: encode_overview(tile, target)) if tile else b""
    return labelled(answer(content, target.media_type), layer, key)
