"""Tiles and their TileJSON."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.conf import tiles_settings
from tiles.encoding.formats import JPEG, PNG, WEBP, DataFormat, RegionFormat, encode, image_format, region_format
from tiles.errors import InvalidParameter, UnsupportedFormat
from tiles.limits import deadline
from tiles.regions.value_tiles import value_tile
from tiles.rendering.composite import render_composite
from tiles.rendering.tile import render_tile
from tiles.rest import query as q
from tiles.rest.base import SourceMixin
from tiles.rest.cache import cached_tile
from tiles.rest.responses import answers
from tiles.rest.tile_parameters import (
    MATRIX_SET,
    PATH_MATRIX_SET,
    RENDERING,
    TILE,
    TILE_FORMAT,
    TILE_FORMATS,
    TILE_PLACE,
    ZOOMS,
)
from tiles.rest.tilejson import apply_query, describe_tiles, size_query
from tiles.sources.pool import POOL, lease_sources
from tiles.sources.reference import SourceRef
from tiles.styling.algorithms import ENCODINGS
from tiles.styling.check import check_style
from tiles.styling.style import PARAMETERS, Style, parse_style

TILE_PATH = r"(?P<z>-?\d{1,20})/(?P<x>-?\d{1,20})/(?P<y>-?\d{1,20})(?:@(?P<scale>\d)x)?\.(?P<image_format>\w{1,20})"
TILE_SIZES = (128, 256, 512, 1024)
SET_NAME = r"(?P<tile_matrix_set>[A-Za-z]\w{0,63})"
MAX_BUFFER = 256
TILE_ANSWERS = answers("The tile.", ("image/*",), errors=(400, 404, 413, 502, 503), may_be_empty=True)


@dataclass(frozen=True, slots=True)
class TileRequest:
    """What a URL asks for, whichever way it was spelled."""

    matrix_set: str | None
    zxy: tuple[int, int, int]
    style: Style
    size: int
    buffer: int
    target: RegionFormat

    @property
    def canonical(self) -> tuple[object, ...]:
        return "tile", self.matrix_set, *self.zxy, self.size, self.buffer, self.style.canonical, self.target.name


class TilesMixin(SourceMixin):
    @extend_schema(
        summary="One tile",
        parameters=[*TILE_PLACE, TILE_FORMATS, MATRIX_SET, *TILE, *RENDERING],
        responses=TILE_ANSWERS,
    )
    @action(detail=True, url_path=f"tiles/{TILE_PATH}")
    def tile(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Tile (z, x, y) of the view's grid, or of the tile matrix set that the path names.

        204: the image has no valid pixel here; 404: the tile lies outside the image.
        """
        return self._tile(request, None, kwargs)

    @extend_schema(
        summary="One tile of a tile matrix set",
        parameters=[PATH_MATRIX_SET, *TILE_PLACE, TILE_FORMATS, *TILE, *RENDERING],
        responses=TILE_ANSWERS,
    )
    @action(detail=True, url_path=f"tiles/{SET_NAME}/{TILE_PATH}")
    def matrix_set_tile(self, request: Request, tile_matrix_set: str, **kwargs: Any) -> HttpResponseBase:
        return self._tile(request, tile_matrix_set, kwargs)

    def _tile(self, request: Request, matrix_set: str | None, kwargs: dict[str, Any]) -> HttpResponseBase:
        wanted = self._parse(request, matrix_set, kwargs)
        refs = self.find_references(request)

        def make(key: str) -> bytes:
            return cached_tile(key, lambda: self._render(refs, wanted))

        return self.conditional_image(
            request, refs, parts=wanted.canonical, media_type=wanted.target.media_type, make=make
        )

    def _parse(self, request: Request, matrix_set: str | None, kwargs: dict[str, Any]) -> "TileRequest":
        size, buffer = tile_size(request.query_params, kwargs.get("scale"))
        style, target = parse_style(request.query_params), region_format(kwargs["image_format"])
        check_lossless(style, target)
        return TileRequest(
            matrix_set=matrix_set or q.text(request.query_params, "tileMatrixSetId") or None,
            zxy=(int(kwargs["z"]), int(kwargs["x"]), int(kwargs["y"])),
            style=style,
            size=size,
            buffer=buffer,
            target=target,
        )

    def _render(self, refs: tuple[SourceRef, ...], wanted: "TileRequest") -> bytes:
        limits = tiles_settings().limits
        options: dict[str, Any] = {
            "style": wanted.style, "size": wanted.size, "buffer": wanted.buffer, "limits": limits
        }  # fmt: skip
        with deadline(limits.render_seconds), lease_sources(refs, limits=limits) as sources:
            grid = self.find_grid(sources[0], wanted.matrix_set)
            if isinstance(wanted.target, DataFormat):
                return value_tile(sources, grid, wanted.zxy, target=wanted.target, **options)
            if wanted.target is JPEG and not wanted.buffer:
                untouched = sources[0].native_tile(grid, wanted.zxy, style=wanted.style, size=wanted.size)
                if untouched:
                    return untouched
            if len(sources) > 1:
                picture = render_composite(sources, grid, wanted.zxy, **options)
            else:
                picture = render_tile(sources[0], grid, *wanted.zxy, **options)
            return encode(picture, wanted.target) if picture else b""

    @extend_schema(
        summary="TileJSON of an image",
        parameters=[MATRIX_SET, TILE_FORMAT, *ZOOMS, *TILE, *RENDERING],
        responses=answers("TileJSON 3.0.0."),
    )
    @action(detail=True, url_path=r"tilejson\.json")
    def tilejson(self, request: Request, **_: Any) -> Response:
        return self._tilejson(request, q.text(request.query_params, "tileMatrixSetId") or None)

    @extend_schema(
        summary="TileJSON of an image in one grid",
        parameters=[PATH_MATRIX_SET, TILE_FORMAT, *ZOOMS, *TILE, *RENDERING],
        responses=answers("TileJSON 3.0.0."),
    )
    @action(detail=True, url_path=rf"tiles/{SET_NAME}/tilejson\.json")
    def matrix_set_tilejson(self, request: Request, tile_matrix_set: str, **_: Any) -> Response:
        return self._tilejson(request, tile_matrix_set)

    def _tilejson(self, request: Request, matrix_set: str | None) -> Response:
        style = parse_style(request.query_params)
        size, _ = tile_size(request.query_params, None)
        refs = self.find_references(request)
        with POOL.lease(refs[0], limits=tiles_settings().limits) as source:
            check_style(source, style, count=len(refs))
            grid = self.find_grid(source, matrix_set)
            # Tiles that lie in the file are handed on as what they are.
            as_they_lie = source.has_native_tiles and style == Style()
            default = JPEG.extension if as_they_lie else self.default_tile_format
            # Numbers told by colors stand no compression that loses any.
            is_exact = style.algorithm and style.algorithm.name in ENCODINGS
            template = self._template(request, matrix_set, PNG.extension if is_exact else default)
            document = describe_tiles(source, grid, name=refs[0].name or "image", template=template)
            document = apply_query(document, request.query_params, grid, size=size)
        return Response(self.complete_tilejson(document))

    def complete_tilejson(self, document: dict[str, Any]) -> dict[str, Any]:
        """Add to TileJSON what the project knows; a hook for subclasses."""
        return document

    def _template(self, request: Request, matrix_set: str | None, default_format: str) -> str:
        """The absolute URL of tiles, with the rendering parameters of this request."""
        query = request.query_params
        extension = q.text(query, "tile_format") or default_format
        image_format(extension)
        base = escape_uri_path(request.path).removesuffix("tilejson.json").removesuffix(f"tiles/{matrix_set}/")
        folder = f"tiles/{matrix_set}/" if matrix_set else "tiles/"
        handed_on = "&".join(filter(None, (rendering_query(query), size_query(query))))
        template = request.build_absolute_uri(base) + folder + "{z}/{x}/{y}." + extension
        return f"{template}?{handed_on}" if handed_on else template


def rendering_query(query: QueryDict) -> str:
    """The rendering parameters of a request, to hand on in a URL."""
    return urlencode([(name, query.getlist(name)) for name in PARAMETERS if name in query], doseq=True)


def check_lossless(style: Style, target: RegionFormat) -> None:
    """Raises UnsupportedFormat for numbers that are to be told by colors which the format would change."""
    if style.algorithm and style.algorithm.name in ENCODINGS and target in (JPEG, WEBP):
        raise UnsupportedFormat(f"algorithm={style.algorithm.name} comes as png, which keeps every color as it is")


def tile_size(query: QueryDict, scale: str | None) -> tuple[int, int]:
    """Output pixels a side (0: the grid's own) and pixels of buffer. Raises InvalidParameter."""
    buffer = q.integer(query, "buffer", low=0, high=MAX_BUFFER)
    if scale:
        if not 1 <= int(scale) <= 4:
            raise InvalidParameter(f"A tile's scale must be within 1-4, not {scale}")
        return 256 * int(scale), buffer
    return int(q.choice(query, "tilesize", [str(size) for size in TILE_SIZES]) or 0), buffer
