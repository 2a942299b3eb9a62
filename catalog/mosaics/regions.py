"""Parts of a layer as pictures or as data, under the names and parameters that single images have."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from catalog.api.authentication import READS_BY_POST
from catalog.mosaics import openapi
from catalog.mosaics.answers import cached_answer, incomplete, key_of, labelled
from catalog.mosaics.asking import Asked, parse_request
from catalog.mosaics.extent import layer_bounds
from catalog.mosaics.layer import Found, Layer
from catalog.mosaics.overview_preview import PreparedPreview, preview_area
from catalog.mosaics.views import MosaicView
from tiles.conf import tiles_settings
from tiles.encoding.formats import ImageFormat, region_format
from tiles.errors import InvalidParameter, OutsideBounds
from tiles.geo.crs import crs_grid
from tiles.geo.grids import WGS84, Box, Grid, TileArea, web_mercator
from tiles.limits import deadline
from tiles.mosaics.cutting import MosaicRegion, check_place, is_picture, render_mosaic_region
from tiles.mosaics.resolving import MosaicPlan
from tiles.mosaics.values import ValuePlan
from tiles.regions.area import Place, forward_box
from tiles.regions.output import RegionRequest
from tiles.regions.shapes import Shape, shape_box
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.region import (
    PREVIEW_SIDE,
    THUMBNAIL_SIDE,
    posted_polygon,
    region_bytes,
    region_parts,
    region_request,
    region_response,
)

View = TypeVar("View", bound=Callable[..., Any])
# Pixels a side of the raster on which a box is followed into degrees.
PROBE_SIDE = 64


class RegionView(MosaicView):
    token_scopes = READS_BY_POST

    @extend_schema(
        operation_id="search_region",
        summary="Region of a search",
        parameters=[openapi.SEARCH_ID, p.FORMAT, *openapi.BOX, *openapi.OUTPUT],
        responses=openapi.REGION,
    )
    def get(self, request: Request, search_id: str, image_format: str) -> HttpResponseBase:
        """A box in any coordinate system. GeoTIFF, COG and NPY hold raw values unless the request paints them.

        Sizes default to the pixels of the first image there; too many are answered by 413, which names the limit.
        """
        place = q.place(request.query_params)
        if place.box is None:
            raise InvalidParameter("Give a bbox")
        return _answer(request, parse_request(request, search_id), place, image_format=image_format)

    @extend_schema(
        operation_id="search_region_within",
        summary="Region of a search within a polygon",
        parameters=[openapi.SEARCH_ID, p.FORMAT, p.COORD_CRS, *openapi.OUTPUT],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        examples=[p.POLYGON_EXAMPLE],
        responses=openapi.REGION,
    )
    def post(self, request: Request, search_id: str, image_format: str) -> HttpResponseBase:
        """A GeoJSON polygon, outside of which nothing shows."""
        asked, place = parse_request(request, search_id), q.place(request.query_params)
        if place.box:
            raise InvalidParameter("A posted polygon is the region: a bbox doesn't go with it")
        system = q.crs(request.query_params, "coord_crs", "bbox_crs", "bounds_crs")
        place = Place(None, system, place.output, place.native)
        return _answer(request, asked, place, image_format=image_format, shape=posted_polygon(request))


def _of_all(name: str, side: int) -> Callable[[View], View]:
    """Describe a route that shows the whole layer."""
    return extend_schema(
        operation_id=f"search_{name.lower()}",
        summary=f"{name} of a search",
        description=f"The whole layer in Web Mercator, {side} pixels a side at most unless the request says otherwise.",
        parameters=[openapi.SEARCH_ID, p.FORMAT, *openapi.OUTPUT],
        responses=openapi.REGION,
    )


class PreviewView(MosaicView):
    side = PREVIEW_SIDE

    @_of_all("Preview", PREVIEW_SIDE)
    def get(self, request: Request, search_id: str, image_format: str) -> HttpResponseBase:
        given = q.place(request.query_params)
        if given.box:
            raise InvalidParameter("A preview is of the whole layer: ask data/region for a part of it")
        asked = parse_request(request, search_id)
        bounds = layer_bounds(asked.layer)
        if given.output is None and not given.native:
            prepared = _prepared(request, asked, bounds, image_format=image_format, side=self.side)
            if prepared:
                return prepared
        output = given.output or (None if given.native else crs_grid(web_mercator().crs))
        place = Place(bounds, WGS84, output, given.native)
        return _answer(request, asked, place, image_format=image_format, side=self.side)


class ThumbnailView(PreviewView):
    side = THUMBNAIL_SIDE

    @_of_all("Thumbnail", THUMBNAIL_SIDE)
    def get(self, request: Request, search_id: str, image_format: str) -> HttpResponseBase:
        return super().get(request, search_id, image_format)


def _prepared(request: Request, asked: Asked, bounds: Box, *, image_format: str, side: int) -> HttpResponseBase | None:
    """From the tiles that workers prepared, where these are what is asked for."""
    target = region_format(image_format)
    if not (asked.is_as_registered and isinstance(target, ImageFormat)):
        return None
    area = preview_area(asked.layer, bounds, q.size(request.query_params, max_size=side))
    if area is None:
        return None
    preview = PreparedPreview(asked.layer, area)
    media_type, key = target.media_type, preview.key(target)
    return cached_answer(request, asked.layer, key, media_type=media_type, make=lambda: preview.encode(target))


def _answer(
    request: Request, asked: Asked, place: Place, *, image_format: str, side: int = 0, shape: Shape | None = None
) -> HttpResponseBase:
    check_place(place)
    query = request.query_params
    wanted = region_request(query, place, image_format=image_format, style=asked.style, side=side, shape=shape)
    box = shape_box(shape.geometry, place.crs) if shape else place.box
    assert box is not None
    items = items_within(asked.layer, place.crs, box)
    plan = asked.plan if is_picture(wanted) else asked.values
    if plan is None or not items:
        raise OutsideBounds("No image of the layer lies there")
    if shape:
        region = _render(items, plan, wanted)
        return incomplete(region_response(region.rendered), region.incomplete)
    key = key_of(items, *region_parts(wanted), plan.canonical)
    if isinstance(wanted.target, ImageFormat):

        def make() -> tuple[bytes, str]:
            region = _render(items, plan, wanted)
            return region_bytes(region.rendered), region.incomplete

        return cached_answer(request, asked.layer, key, media_type=wanted.target.media_type, make=make)
    region = _render(items, plan, wanted)
    return incomplete(labelled(region_response(region.rendered), asked.layer, key), region.incomplete)


def _render(items: Found, plan: MosaicPlan | ValuePlan, wanted: RegionRequest) -> MosaicRegion:
    limits = tiles_settings().limits
    with deadline(limits.render_seconds):
        return render_mosaic_region(items, wanted, plan=plan, limits=limits)


def items_within(layer: Layer, crs: Grid, box: Box) -> Found:
    """The items that lie in a box of a coordinate system. Raises InvalidParameter for one that is none."""
    west, south, east, north = forward_box(box, crs)
    across, down = (east - west) / PROBE_SIDE, (south - north) / PROBE_SIDE
    return layer.items_of_area(crs, TileArea(west, north, across, down, PROBE_SIDE, PROBE_SIDE))
