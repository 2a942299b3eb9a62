"""Serve tiles and their TileJSON."""

from dataclasses import replace
from functools import lru_cache
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
from tiles.encoding.formats import JPEG, PNG, WEBP, ImageFormat, RegionFormat, image_format, region_format
from tiles.errors import InvalidParameter, UnsupportedFormat
from tiles.geo.extent import clipped_to
from tiles.geo.grids import Grid
from tiles.geo.longitudes import document_box, flat_box, middle_of
from tiles.limits import Limits
from tiles.rest.base import SourceMixin
from tiles.rest.imagery import TileRequest, Tileset
from tiles.rest.parameters import (
    BUFFER,
    MATRIX_SET,
    MAX_BUFFER,
    PATH_MATRIX_SET,
    PLAIN_FORMAT,
    RENDERING,
    TILE,
    TILE_FORMAT,
    TILE_FORMATS,
    TILE_PLACE,
    TILE_SIZE,
    ZOOMS,
)
from tiles.rest.responses import declared
from tiles.styling.algorithms import ENCODINGS
from tiles.styling.check import check_pictured
from tiles.styling.style import Style, parse_style

EXTENSION = r"\.(?P<image_format>\w{1,20})"
TILE_PATH = r"(?P<z>-?\d{1,20})/(?P<x>-?\d{1,20})/(?P<y>-?\d{1,20})(?:@(?P<scale>\d)x)?" + EXTENSION
SET_NAME = r"(?P<tile_matrix_set>[A-Za-z]\w{0,63})"
# What tiles are asked for with, beside a style.
SIZES = ("tilesize", "buffer")
TILE_RESPONSES = declared("The tile.", ("image/*",), errors=(400, 404, 413, 502, 503), may_be_empty=True)


class TilesMixin(SourceMixin):
    @extend_schema(
        summary="One tile",
        parameters=[*TILE_PLACE, TILE_FORMATS, MATRIX_SET, *TILE, *RENDERING],
        responses=TILE_RESPONSES,
    )
    @action(detail=True, url_path=f"tiles/{TILE_PATH}")
    def tile(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Render tile (z, x, y) of the view's grid, or of the tile matrix set that the path names.

        204: the image has no valid pixel here; 404: the tile lies outside the image.
        """
        return self._tile(request, None, kwargs)

    @extend_schema(
        summary="One tile of a tile matrix set",
        parameters=[PATH_MATRIX_SET, *TILE_PLACE, TILE_FORMATS, *TILE, *RENDERING],
        responses=TILE_RESPONSES,
    )
    @action(detail=True, url_path=f"tiles/{SET_NAME}/{TILE_PATH}")
    def matrix_set_tile(self, request: Request, tile_matrix_set: str, **kwargs: Any) -> HttpResponseBase:
        return self._tile(request, tile_matrix_set, kwargs)

    def _tile(self, request: Request, matrix_set: str | None, kwargs: dict[str, Any]) -> HttpResponseBase:
        imagery = self.find_imagery(request)
        wanted = tile_request(request.query_params, matrix_set, kwargs)
        return self.respond(request, imagery.tile(wanted), media_type=wanted.target.media_type)

    @extend_schema(
        summary="TileJSON of an image",
        parameters=[MATRIX_SET, TILE_FORMAT, *ZOOMS, *TILE, *RENDERING],
        responses=declared("TileJSON 3.0.0."),
    )
    @action(detail=True, url_path=r"tilejson\.json")
    def tilejson(self, request: Request, **_: Any) -> Response:
        return self._tilejson(request, MATRIX_SET.text(request.query_params) or self.tilejson_matrix_set)

    @extend_schema(
        summary="TileJSON of an image in one grid",
        parameters=[PATH_MATRIX_SET, TILE_FORMAT, *ZOOMS, *TILE, *RENDERING],
        responses=declared("TileJSON 3.0.0."),
    )
    @action(detail=True, url_path=rf"tiles/{SET_NAME}/tilejson\.json")
    def matrix_set_tilejson(self, request: Request, tile_matrix_set: str, **_: Any) -> Response:
        return self._tilejson(request, tile_matrix_set)

    def _tilejson(self, request: Request, matrix_set: str | None) -> Response:
        imagery, query = self.find_imagery(request), request.query_params
        style, (size, _) = imagery.style, tile_size(query, None)
        tileset = imagery.tileset(matrix_set)
        # Numbers told by colors stand no compression that loses any.
        default = PNG.extension if is_exact(style) else tileset.native_format or self.default_tile_format
        target = image_format(TILE_FORMAT.text(query) or default)
        check_lossless(style, target)
        check_pictured(style)
        template = tile_template(request, matrix_set, target, query=imagery.handed_on)
        document = describe_tiles(tileset, name=imagery.title, template=template)
        return Response(self.complete_tilejson(apply_query(document, query, tileset.grid, size=size)))

    def complete_tilejson(self, document: dict[str, Any]) -> dict[str, Any]:
        """Add to TileJSON what the project knows; a hook for subclasses."""
        return document


def tile_request(query: QueryDict, matrix_set: str | None, kwargs: dict[str, Any]) -> TileRequest:
    """Read what a tile's URL asks for. Raises InvalidParameter, UnsupportedFormat.

    Args:
        matrix_set: the grid that the path names; None: it names none.
        kwargs: what else the path names: z, x, y, image_format and perhaps scale.
    """
    given = _read_query(query.urlencode(), kwargs.get("scale"), kwargs.get("image_format"), tiles_settings().limits)
    zxy = int(kwargs["z"]), int(kwargs["x"]), int(kwargs["y"])
    return replace(given, matrix_set=matrix_set or given.matrix_set, zxy=zxy)


@lru_cache(maxsize=512)
def _read_query(query_string: str, scale: str | None, image_format: str | None, limits: Limits) -> TileRequest:  # noqa: ARG001
    """Read what a tile's URL asks for beside its place: of a map's thousands of tiles, once.

    ``scale``, ``image_format``: as the path has them. ``limits``: under which it was read. Raises InvalidParameter,
    UnsupportedFormat.
    """
    query = QueryDict(query_string)
    style = parse_style(query)
    size, buffer = tile_size(query, scale)
    # As TiTiler, which has the format as a parameter where the path ends without one.
    target = region_format(image_format or PLAIN_FORMAT.text(query) or PNG.extension)
    check_lossless(style, target)
    return TileRequest(MATRIX_SET.text(query) or None, (0, 0, 0), style, size, buffer, target)


def tile_template(request: Request, matrix_set: str | None, target: ImageFormat, *, query: str) -> str:
    """Return the absolute URL of tiles as seen from TileJSON's; ``query``: rendering parameters."""
    base = escape_uri_path(request.path).removesuffix("tilejson.json").removesuffix(f"tiles/{matrix_set}/")
    folder = f"tiles/{matrix_set}/" if matrix_set else "tiles/"
    handed_on = "&".join(filter(None, (query, size_query(request.query_params))))
    template = request.build_absolute_uri(base) + folder + "{z}/{x}/{y}." + target.extension
    return f"{template}?{handed_on}" if handed_on else template


def describe_tiles(tileset: Tileset, *, name: str, template: str) -> dict[str, Any]:
    """Return TileJSON 3.0.0 of a tileset, with the projection and, for pixel space, the size."""
    grid, (minzoom, maxzoom) = tileset.grid, tileset.zooms
    projection = grid.crs if grid.crs.startswith("EPSG:") else grid.identifier
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": name,
        "tiles": [template],
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "tilesize": grid.matrices[0].tile_size,
        "projection": "pixels" if grid.is_pixels else projection,
    }
    if tileset.bounds is None:
        width, height = tileset.size or (0, 0)
        return document | {"width": width, "height": height}
    bounds = clipped_to(tileset.bounds, grid)
    flat = flat_box(bounds)
    document |= {"bounds": list(flat), "center": [*middle_of(bounds), minzoom]}
    return document if flat == bounds else document | {"bbox": list(document_box(bounds))}


def apply_query(document: dict[str, Any], query: QueryDict, grid: Grid, *, size: int) -> dict[str, Any]:
    """Return TileJSON with the zooms and the size of tiles (0: the grid's own) that are asked for.

    Raises InvalidParameter.
    """
    low, high = (
        each.integer(query, low=max(0, grid.minzoom), high=grid.maxzoom, default=document[each.name]) for each in ZOOMS
    )
    if low > high:
        raise InvalidParameter(f"minzoom is {low}, which is above maxzoom, {high}")
    changed: dict[str, Any] = {"minzoom": low, "maxzoom": high, "tilesize": size or document["tilesize"]}
    if "center" in document:
        changed["center"] = [*document["center"][:2], max(low, min(high, document["center"][2]))]
    return document | changed


def size_query(query: QueryDict) -> str:
    """Return the sizes of tiles that are asked for, to hand on in a URL."""
    return urlencode({name: query[name] for name in SIZES if query.get(name)})


def is_exact(style: Style) -> bool:
    """Return whether colors tell numbers, so that none may change."""
    return style.algorithm is not None and style.algorithm.name in ENCODINGS


def check_lossless(style: Style, target: RegionFormat) -> None:
    """Raise UnsupportedFormat for numbers that are to be told by colors which the format would change."""
    if style.algorithm and target in (JPEG, WEBP) and is_exact(style):
        raise UnsupportedFormat(f"algorithm={style.algorithm.name} comes as png, which keeps every color as it is")


def tile_size(query: QueryDict, scale: str | None) -> tuple[int, float]:
    """Return output pixels a side (0: the grid's own) and pixels of buffer. Raises InvalidParameter."""
    buffer = _buffer(query)
    if scale:
        if not 1 <= int(scale) <= 4:
            raise InvalidParameter(f"A tile's scale must be within 1-4, not {scale}")
        return 256 * int(scale), buffer
    return int(TILE_SIZE.choice(query) or 0), buffer


def _buffer(query: QueryDict) -> float:
    """Return pixels more on each side: whole ones, or half ones for a side of an odd number."""
    given = BUFFER.text(query)
    value = BUFFER.parse_number(given) if given else 0
    if not 0 <= value <= MAX_BUFFER or value % 0.5:
        raise InvalidParameter(f"buffer must be a multiple of 0.5 within 0-{MAX_BUFFER}, not {given[:40]!r}")
    return value if value % 1 else int(value)
