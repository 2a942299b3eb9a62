"""Serve parts of an image as pictures or as data: thumbnails, previews, regions by box, pixels and polygon."""

from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.encoding.formats import ImageFormat, region_format
from tiles.encoding.geotiff import MemoryFile
from tiles.errors import InvalidParameter
from tiles.limits import deadline
from tiles.regions.area import Place
from tiles.regions.output import RegionRequest, Rendered, encode_region
from tiles.regions.shapes import Shape, parse_shapes
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.base import SourceMixin
from tiles.rest.imagery import Imagery, Reading
from tiles.rest.parameters import RENDERING
from tiles.rest.responses import declared, incomplete
from tiles.rest.tile import check_lossless

FORMAT_PATH = r"\.(?P<image_format>\w{1,20})"
THUMBNAIL_SIDE = 512
PREVIEW_SIDE = 1024
RESPONSES = declared(
    "A picture, or values.", ("image/*", "application/x-binary"), errors=(400, 404, 413, 502, 503), may_be_empty=True
)
OUTPUT = [*p.SIZE, *p.FIT, p.OUTPUT_CRS, *RENDERING, p.STYLED, p.COMPRESS]


class RegionFile(FileResponse):
    """Stream in larger pieces than Django's 4 KiB."""

    block_size = 2**20


class RegionMixin(SourceMixin):
    @extend_schema(summary="Thumbnail of an image", parameters=[p.FORMAT, *OUTPUT], responses=RESPONSES)
    @action(detail=True, url_path=rf"data/thumbnail{FORMAT_PATH}")
    def thumbnail(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Show the whole image, 512 pixels a side at most unless the request says otherwise."""
        return self._whole(request, kwargs, side=THUMBNAIL_SIDE)

    @extend_schema(summary="Preview of an image", parameters=[p.FORMAT, *OUTPUT], responses=RESPONSES)
    @action(detail=True, url_path=rf"data/preview{FORMAT_PATH}")
    def preview(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Show the whole image, 1024 pixels a side at most unless the request says otherwise."""
        return self._whole(request, kwargs, side=PREVIEW_SIDE)

    def _whole(self, request: Request, kwargs: dict[str, Any], *, side: int) -> HttpResponseBase:
        imagery, place = self.find_imagery(request), q.place(request.query_params)
        if place.box:
            raise InvalidParameter(f"A thumbnail is of the whole {imagery.kind}: ask data/region for a part of it")
        wanted = region_request(request, imagery, place, image_format=kwargs["image_format"], side=side)
        return self._respond(request, imagery.preview(wanted), wanted)

    @extend_schema(
        summary="Region of an image",
        methods=["GET"],
        parameters=[p.FORMAT, *p.BBOX, *p.SIDES, *OUTPUT],
        responses=RESPONSES,
    )
    @extend_schema(
        summary="Region of an image within a polygon",
        methods=["POST"],
        parameters=[p.FORMAT, p.COORD_CRS, *OUTPUT],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        responses=RESPONSES,
        examples=[p.POLYGON_EXAMPLE],
    )
    @action(detail=True, methods=["get", "post"], url_path=rf"data/region{FORMAT_PATH}")
    def region(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Cut out a box in any coordinate system or in pixels; posted: a GeoJSON polygon, with nothing shown outside.

        GeoTIFF, COG and NPY hold raw values, unless the request says how to paint them. Sizes default to the image's
        own pixels; too many are answered by 413, which names the limit.
        """
        imagery, query = self.find_imagery(request), request.query_params
        # Asked only where it decides what sides without units mean.
        is_geospatial = "left" not in query or "units" in query or imagery.is_geospatial
        place = q.place(query, is_geospatial=is_geospatial)
        if request.method != "POST":
            if place.box is None:
                raise InvalidParameter("Give a bbox, or left, top, right and bottom")
            wanted = region_request(request, imagery, place, image_format=kwargs["image_format"])
            return self._respond(request, imagery.region(wanted), wanted)
        if place.box:
            raise InvalidParameter("A posted polygon is the region: a bbox doesn't go with it")
        system = p.POSTED_CRS.crs(query)
        place = Place(None, system, place.output, place.native)
        with deadline(tiles_settings().limits.render_seconds):
            shape = posted_polygon(request)
            wanted = region_request(request, imagery, place, image_format=kwargs["image_format"], shape=shape)
            # Who posts a polygon has drawn it: hardly anyone asks for the same twice.
            rendered, reason = imagery.region(wanted).read()
        return incomplete(region_response(rendered), reason)

    def _respond(self, request: Request, reading: Reading[Rendered], wanted: RegionRequest) -> HttpResponseBase:
        target = wanted.target
        if isinstance(target, ImageFormat):
            return self.respond(request, reading.then(region_bytes), media_type=target.media_type)
        return self.respond(request, reading.then(region_response), media_type=target.media_type, is_kept=False)


def posted_polygon(request: Request) -> Shape:
    """Return the one polygon of a body. Raises InvalidParameter, TooLarge."""
    limits = tiles_settings().limits
    shapes, is_collection = parse_shapes(q.read_body(request, limits=limits), limits=limits)
    if is_collection:
        raise InvalidParameter("Post one polygon: a Polygon, a MultiPolygon, or a Feature with one")
    return shapes[0]


def region_request(
    request: Request, imagery: Imagery, place: Place, *, image_format: str, side: int = 0, shape: Shape | None = None
) -> RegionRequest:
    """Return what is asked of a place. Raises InvalidParameter, UnsupportedFormat.

    Args:
        side: pixels of the longer one when nothing is said; 0: the image's own.
    """
    query, style, target = request.query_params, imagery.style, region_format(image_format)
    styled = p.STYLED.boolean(query, default=any(each.is_given(query) for each in p.PAINTING))
    check_lossless(style, target)
    compression = p.COMPRESS.choice(query)
    return RegionRequest(place, q.size(query, max_size=side), style, target, shape, styled, compression)


def region_response(rendered: Rendered) -> HttpResponseBase:
    """Return the file, streamed where it is one."""
    target, content = rendered.wanted.target, encode_region(rendered)
    response: HttpResponseBase
    if isinstance(content, MemoryFile):
        name = f"region.{target.extension}"
        response = RegionFile(content, as_attachment=True, filename=name, content_type=target.media_type)
        response["Content-Length"] = str(content.size)
    else:
        response = HttpResponse(content, content_type=target.media_type)
    if rendered.box:
        response["Content-Bbox"] = ",".join(f"{value:.10g}" for value in rendered.box)
    return response


def region_bytes(rendered: Rendered) -> bytes:
    """Return the encoded picture."""
    content = encode_region(rendered)
    assert isinstance(content, bytes)
    return content
