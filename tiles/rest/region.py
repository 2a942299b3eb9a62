"""Parts of an image as pictures or as data: thumbnails, previews, regions by box, by pixels and by polygon."""

from typing import Any

from django.http import FileResponse, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.encoding.formats import ImageFormat, region_format
from tiles.encoding.geotiff import COMPRESSIONS, MemoryFile
from tiles.errors import InvalidParameter
from tiles.limits import deadline
from tiles.regions.area import Place
from tiles.regions.cutting import render_region
from tiles.regions.output import RegionRequest, Rendered, encode_region
from tiles.regions.shapes import Shape, parse_shapes
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.base import SourceMixin
from tiles.rest.body import read_body
from tiles.rest.cache import cached_tile
from tiles.rest.responses import answers
from tiles.rest.tile import check_lossless
from tiles.rest.tile_parameters import RENDERING
from tiles.sources.pool import lease_sources
from tiles.sources.reference import SourceRef
from tiles.styling.style import Style, parse_style

FORMAT_PATH = r"\.(?P<image_format>\w{1,20})"
THUMBNAIL_SIDE = 512
PREVIEW_SIDE = 1024
ANSWERS = answers(
    "A picture, or values.", ("image/*", "application/x-binary"), errors=(400, 404, 413, 502, 503), may_be_empty=True
)
OUTPUT = [*p.SIZE, *p.FIT, p.OUTPUT_CRS, *RENDERING, p.STYLED, p.COMPRESS]


class RegionFile(FileResponse):
    """Streamed in larger pieces than Django's 4 KiB."""

    block_size = 2**20


class RegionMixin(SourceMixin):
    @extend_schema(summary="Thumbnail of an image", parameters=[p.FORMAT, *OUTPUT], responses=ANSWERS)
    @action(detail=True, url_path=rf"data/thumbnail{FORMAT_PATH}")
    def thumbnail(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """The whole image, 512 pixels a side at most unless the request says otherwise."""
        return self._whole(request, kwargs, side=THUMBNAIL_SIDE)

    @extend_schema(summary="Preview of an image", parameters=[p.FORMAT, *OUTPUT], responses=ANSWERS)
    @action(detail=True, url_path=rf"data/preview{FORMAT_PATH}")
    def preview(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """The whole image, 1024 pixels a side at most unless the request says otherwise."""
        return self._whole(request, kwargs, side=PREVIEW_SIDE)

    def _whole(self, request: Request, kwargs: dict[str, Any], *, side: int) -> HttpResponseBase:
        whole = q.place(request.query_params)
        if whole.box:
            raise InvalidParameter("A thumbnail is of the whole image: ask data/region for a part of it")
        return self._answer(request, kwargs, whole, side=side)

    @extend_schema(
        summary="Region of an image",
        methods=["GET"],
        parameters=[p.FORMAT, *p.BBOX, *p.SIDES, *OUTPUT],
        responses=ANSWERS,
    )
    @extend_schema(
        summary="Region of an image within a polygon",
        methods=["POST"],
        parameters=[p.FORMAT, p.COORD_CRS, *OUTPUT],
        request={"application/geo+json": OpenApiTypes.OBJECT},
        responses=ANSWERS,
        examples=[p.POLYGON_EXAMPLE],
    )
    @action(detail=True, methods=["get", "post"], url_path=rf"data/region{FORMAT_PATH}")
    def region(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """A box in any coordinate system or in pixels; posted: a GeoJSON polygon, outside of which nothing shows.

        GeoTIFF, COG and NPY hold raw values, unless the request says how to paint them. Sizes default to the image's
        own pixels; too many are answered by 413, which names the limit.
        """
        wanted = q.place(request.query_params, is_geospatial=self._is_geospatial(request))
        if request.method != "POST":
            if wanted.box is None:
                raise InvalidParameter("Give a bbox, or left, top, right and bottom")
            return self._answer(request, kwargs, wanted)
        if wanted.box:
            raise InvalidParameter("A posted polygon is the region: a bbox doesn't go with it")
        system = q.crs(request.query_params, "coord_crs", "bbox_crs", "bounds_crs")
        place = Place(None, system, wanted.output, wanted.native)
        return self._answer(request, kwargs, place, shape=posted_polygon(request))

    def _is_geospatial(self, request: Request) -> bool:
        """Asked only where it decides what sides without units mean."""
        if "left" not in request.query_params or "units" in request.query_params:
            return True
        with lease_sources(self.find_references(request)[:1], limits=tiles_settings().limits) as sources:
            return sources[0].is_geospatial

    def _answer(
        self, request: Request, kwargs: dict[str, Any], place: Place, *, side: int = 0, shape: Shape | None = None
    ) -> HttpResponseBase:
        query = request.query_params
        wanted = region_request(
            query, place, image_format=kwargs["image_format"], style=parse_style(query), side=side, shape=shape
        )
        target = wanted.target
        refs = self.find_references(request)
        if shape:
            # Who posts a polygon has drawn it: hardly anyone asks for the same twice.
            return region_response(_render(refs, wanted))

        def make(key: str) -> bytes | HttpResponseBase:
            if isinstance(target, ImageFormat):
                return cached_tile(key, lambda: region_bytes(_render(refs, wanted)))
            return region_response(_render(refs, wanted))

        return self.conditional_image(
            request, refs, parts=region_parts(wanted), media_type=target.media_type, make=make
        )


def posted_polygon(request: Request) -> Shape:
    """The one polygon of a body. Raises InvalidParameter, TooLarge."""
    limits = tiles_settings().limits
    shapes, is_collection = parse_shapes(read_body(request, limits=limits), limits=limits)
    if is_collection:
        raise InvalidParameter("Post one polygon: a Polygon, a MultiPolygon, or a Feature with one")
    return shapes[0]


def region_request(
    query: QueryDict, place: Place, *, image_format: str, style: Style, side: int = 0, shape: Shape | None = None
) -> RegionRequest:
    """What is asked of a place. ``side``: pixels of the longer one when nothing is said; 0: the image's own.

    Raises InvalidParameter, UnsupportedFormat.
    """
    target = region_format(image_format)
    styled = q.boolean(query, "styled", default=any(q.text(query, name) for name in q.PAINTING))
    check_lossless(style, target)
    compression = q.choice(query, "compress", tuple(COMPRESSIONS))
    return RegionRequest(place, q.size(query, max_size=side), style, target, shape, styled, compression)


def region_parts(wanted: RegionRequest) -> tuple[object, ...]:
    """What tells regions of the same images apart."""
    style, target = wanted.style.canonical, wanted.target.name
    return "region", wanted.place, wanted.size, style, target, wanted.styled, wanted.compression


def region_response(rendered: Rendered) -> HttpResponseBase:
    """The file, streamed where it is one."""
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


def _render(refs: tuple[SourceRef, ...], wanted: RegionRequest) -> Rendered:
    limits = tiles_settings().limits
    with deadline(limits.render_seconds), lease_sources(refs, limits=limits) as sources:
        return render_region(sources, wanted, limits=limits)


def region_bytes(rendered: Rendered) -> bytes:
    """Of a picture."""
    content = encode_region(rendered)
    assert isinstance(content, bytes)
    return content
