"""Serve one image's tilesets by OGC API - Tiles (20-057): their list, and each one's metadata."""

from collections.abc import Sequence
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.encoding import escape_uri_path
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.conf import tiles_settings
from tiles.encoding.formats import PNG
from tiles.errors import UnsupportedOperation
from tiles.geo.extent import TileLimits, clipped_to
from tiles.geo.grids import Box, tile_matrix_set, tile_matrix_sets
from tiles.geo.longitudes import flat_box
from tiles.rest.base import SourceMixin
from tiles.rest.imagery import Imagery
from tiles.rest.parameters import PATH_MATRIX_SET, RENDERING
from tiles.rest.responses import declared
from tiles.rest.tile import SET_NAME

NO_TILESETS = "This image has no place on Earth: its tiles are those of tilejson.json"
SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"


class OgcTilesMixin(SourceMixin):
    @extend_schema(summary="Tilesets of an image", parameters=RENDERING, responses=declared("A list of tilesets."))
    @action(detail=True, url_path="tiles")
    def tilesets(self, request: Request, **_: Any) -> Response:
        """List a tileset for each grid, with the rendering parameters in its links."""
        tiles_settings()
        imagery = self.find_imagery(request)
        query = imagery.handed_on
        find_bounds(imagery, NO_TILESETS)
        base = request.build_absolute_uri(escape_uri_path(request.path)).rstrip("/")
        return Response(tilesets_document(request, base, title=imagery.title, query=query))

    @extend_schema(
        summary="One tileset of an image",
        parameters=[PATH_MATRIX_SET, *RENDERING],
        responses=declared("The tileset's metadata."),
    )
    @action(detail=True, url_path=f"tiles/{SET_NAME}")
    def tileset(self, request: Request, tile_matrix_set: str, **_: Any) -> Response:
        """Tell which tiles there are at each zoom, and where."""
        imagery = self.find_imagery(request)
        query, bounds = imagery.handed_on, find_bounds(imagery, NO_TILESETS)
        grid = imagery.grid(tile_matrix_set)
        limits = imagery.tile_limits(grid)
        base = request.build_absolute_uri(escape_uri_path(request.path)).rstrip("/").rpartition("/")[0]
        document = tileset_summary(request, base, tile_matrix_set, title=imagery.title, query=query)
        return Response(document | tileset_extent(clipped_to(bounds, grid), limits))


def find_bounds(imagery: Imagery, message: str) -> Box:
    """Return the extent in degrees. Raises UnsupportedOperation with that message for what has none."""
    bounds = imagery.bounds()
    if bounds is None:
        raise UnsupportedOperation(message)
    return bounds


def tilesets_document(request: Request, base: str, *, title: str, query: str) -> dict[str, Any]:
    """Return the list of all grids' tilesets. ``base``: the address of ``tiles``; ``query``: rendering parameters."""
    return {
        "tilesets": [tileset_summary(request, base, name, title=title, query=query) for name in tile_matrix_sets()],
        "links": [_link("self", base, "This document", query=query)],
    }


def tileset_summary(request: Request, base: str, name: str, *, title: str, query: str) -> dict[str, Any]:
    """Return one grid's tileset, with links. Raises UnknownName."""
    definition = tile_matrix_set(name)
    address = f"{base}/{name}"
    tiles = f"{address}/{{tileMatrix}}/{{tileCol}}/{{tileRow}}.{PNG.extension}"
    links = [
        _link("self", address, f"This tileset in {name}", query=query),
        _link(SCHEME, _definition(request, name), name),
        _link("item", tiles, "Tiles", kind=PNG.media_type, query=query) | {"templated": True},
        _link("describedby", f"{address}/tilejson.json", "TileJSON", query=query),
    ]
    return {
        "title": f"{title} in {name}",
        "dataType": "map",
        "crs": definition.model_dump(mode="json")["crs"],
        "tileMatrixSetURI": str(definition.uri) if definition.uri else links[1]["href"],
        "links": links,
    }


def _definition(request: Request, name: str) -> str:
    """Return where a grid's definition is; a project may serve none of its own."""
    try:
        return request.build_absolute_uri(reverse("tile-matrix-set", args=[name]))
    except NoReverseMatch:
        return str(tile_matrix_set(name).uri or "")


def _link(rel: str, href: str, title: str, *, kind: str = "application/json", query: str = "") -> dict[str, Any]:
    return {"rel": rel, "href": f"{href}?{query}" if query else href, "type": kind, "title": title}


def tileset_extent(bounds: Box, limits: Sequence[TileLimits]) -> dict[str, Any]:
    """Return where a tileset is, in degrees, and which tiles it has at each zoom."""
    west, south, east, north = flat_box(bounds)
    rows = [
        {
            "tileMatrix": str(each.z),
            "minTileRow": each.rows[0],
            "maxTileRow": each.rows[1],
            "minTileCol": each.columns[0],
            "maxTileCol": each.columns[1],
        }
        for each in limits
    ]
    box = {
        "lowerLeft": [west, south],
        "upperRight": [east, north],
        "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    }
    return {"boundingBox": box, "tileMatrixSetLimits": rows}
