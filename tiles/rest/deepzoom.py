"""Serve any image as DeepZoom, for OpenSeadragon and its like."""

from typing import Any, TypeVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.encoding.formats import image_format
from tiles.limits import deadline
from tiles.rest import parameters as p
from tiles.rest.base import SourceMixin
from tiles.rest.imagery import Reading
from tiles.rest.parameters import RENDERING, TILE_FORMAT
from tiles.rest.responses import declared
from tiles.slides.deepzoom import descriptor, tile_box
from tiles.slides.pixel_regions import render_box, untouched_box
from tiles.sources.pool import POOL
from tiles.styling.check import check_style
from tiles.styling.style import parse_style

DEEPZOOM_TILE_PATH = (
    r"deepzoom_files/(?P<level>\d{1,9})/(?P<column>\d{1,9})_(?P<row>\d{1,9})\.(?P<image_format>\w{1,20})"
)
PLACE = [
    p.Parameter("level", p.INT, "From 0, at which the image is one pixel.", 10, low=0, location=p.PATH),
    p.Parameter("column", p.INT, "Of the tile, from the left.", 1, low=0, location=p.PATH),
    p.Parameter("row", p.INT, "Of the tile, from the top.", 0, low=0, location=p.PATH),
]
# One image at a time.
SHOWN = [each for each in RENDERING if each.name != "assets"]

AnyResponse = TypeVar("AnyResponse", bound=HttpResponseBase)


class DeepZoomMixin(SourceMixin):
    @extend_schema(
        summary="DeepZoom descriptor",
        parameters=[TILE_FORMAT, *SHOWN],
        responses=declared("The descriptor.", ("application/xml",)),
    )
    @action(detail=True, url_path=r"deepzoom\.dzi")
    def deepzoom(self, request: Request, **_: Any) -> HttpResponse:
        """Tell the size of the image and of its tiles, found at ``deepzoom_files/{level}/{column}_{row}.{format}``."""
        style = parse_style(request.query_params)
        extension = image_format(TILE_FORMAT.text(request.query_params) or "jpg").extension
        with self.open(request) as source:
            check_style(source, style)
            size = source.pixel_grid.matrices[0].tile_size
            document = descriptor(source.width, source.height, tile_size=size, extension=extension)
        return open_to_all(HttpResponse(document, content_type="application/xml"))

    @extend_schema(
        summary="DeepZoom tile",
        parameters=[*PLACE, p.PICTURE_FORMAT, *SHOWN],
        responses=declared("The tile.", ("image/*",)),
    )
    @action(detail=True, url_path=DEEPZOOM_TILE_PATH)
    def deepzoom_tile(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        style, target = parse_style(request.query_params), image_format(kwargs["image_format"])
        level, column, row = (int(kwargs[name]) for name in ("level", "column", "row"))
        ref, limits = self.find_one(request), tiles_settings().limits

        def render() -> bytes:
            with deadline(limits.render_seconds), POOL.lease(ref, limits=limits) as source:
                tile_size = source.pixel_grid.matrices[0].tile_size
                place = {"tile_size": tile_size, "level": level, "column": column, "row": row}
                box, size = tile_box(source.width, source.height, **place)
                untouched = untouched_box(source, box, size, style=style, target=target)
                return untouched or target.encode(render_box(source, box, size, style=style, limits=limits))

        reading = Reading.complete((ref,), ("deepzoom", level, column, row, style.canonical, target.name), render)
        response = self.respond(request, reading, media_type=target.media_type)
        return open_to_all(response)


def open_to_all(response: AnyResponse) -> AnyResponse:
    """Let viewers on other sites read it. What needs a login stays closed: no credentials come with such a request."""
    response["Access-Control-Allow-Origin"] = "*"
    return response
