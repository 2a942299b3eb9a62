"""OGC API - Tiles (20-057) of one image: the list of its tilesets, and each one's metadata."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.encoding import escape_uri_path
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.conf import tiles_settings
from tiles.description import geographic_bounds
from tiles.encode import PNG
from tiles.errors import UnsupportedOperation
from tiles.grids import Grid, tile_matrix_set, tile_matrix_sets
from tiles.pool import POOL
from tiles.raster import RasterSource
from tiles.rest.responses import answers
from tiles.rest.source import SourceMixin
from tiles.rest.tile import SET_NAME, rendering_query
from tiles.rest.tile_parameters import PATH_MATRIX_SET, RENDERING
from tiles.style import parse_style
from tiles.tilesets import tile_limits

SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"


class OgcTilesMixin(SourceMixin):
    @extend_schema(summary="Tilesets of an image", parameters=RENDERING, responses=answers("A list of tilesets."))
    @action(detail=True, url_path="tiles")
    def tilesets(self, request: Request, **_: Any) -> Response:
        """One for each grid, with the rendering parameters in their links."""
        parse_style(request.query_params)
        tiles_settings()
        ref = self.find_references(request)[0]
        base = request.build_absolute_uri(escape_uri_path(request.path)).rstrip("/")
        with POOL.lease(ref, limits=tiles_settings().limits) as source:
            _check_place(source)
        return Response(
            {
                "tilesets": [_summary(request, base, name, title=ref.name) for name in tile_matrix_sets()],
                "links": [_link(request, "self", base, "This document")],
            }
        )

    @extend_schema(
        summary="One tileset of an image",
        parameters=[PATH_MATRIX_SET, *RENDERING],
        responses=answers("The tileset's metadata."),
    )
    @action(detail=True, url_path=f"tiles/{SET_NAME}")
    def tileset(self, request: Request, tile_matrix_set: str, **_: Any) -> Response:
        """Which tiles there are at each zoom, and where."""
        parse_style(request.query_params)
        ref = self.find_references(request)[0]
        base = request.build_absolute_uri(escape_uri_path(request.path)).rstrip("/").rpartition("/")[0]
        with POOL.lease(ref, limits=tiles_settings().limits) as source:
            raster = _check_place(source)
            grid = self.find_grid(raster, tile_matrix_set)
            document = _summary(request, base, tile_matrix_set, title=ref.name)
            return Response(document | _extent(raster, grid))


def _check_place(source: object) -> RasterSource:
    if not isinstance(source, RasterSource) or not source.is_geospatial:
        raise UnsupportedOperation("This image has no place on Earth: its tiles are those of tilejson.json")
    return source


def _summary(request: Request, base: str, name: str, *, title: str) -> dict[str, Any]:
    definition = tile_matrix_set(name)
    address = f"{base}/{name}"
    tiles = f"{address}/{{tileMatrix}}/{{tileCol}}/{{tileRow}}.{PNG.extension}"
    links = [
        _link(request, "self", address, f"This tileset in {name}"),
        _link(request, SCHEME, _definition(request, name), name, styled=False),
        _link(request, "item", tiles, "Tiles", kind=PNG.media_type) | {"templated": True},
        _link(request, "describedby", f"{address}/tilejson.json", "TileJSON"),
    ]
    return {
        "title": f"{title or 'image'} in {name}",
        "dataType": "map",
        "crs": definition.model_dump(mode="json")["crs"],
        "tileMatrixSetURI": str(definition.uri) if definition.uri else links[1]["href"],
        "links": links,
    }


def _definition(request: Request, name: str) -> str:
    """Where a grid's definition is; a project may serve none of its own."""
    try:
        return request.build_absolute_uri(reverse("tile-matrix-set", args=[name]))
    except NoReverseMatch:
        return str(tile_matrix_set(name).uri or "")


def _link(
    request: Request, rel: str, href: str, title: str, *, kind: str = "application/json", styled: bool = True
) -> dict[str, Any]:
    query = rendering_query(request.query_params) if styled else ""
    return {"rel": rel, "href": f"{href}?{query}" if query else href, "type": kind, "title": title}


def _extent(source: RasterSource, grid: Grid) -> dict[str, Any]:
    west, south, east, north = geographic_bounds(source)
    limits = [
        {
            "tileMatrix": str(each.z),
            "minTileRow": each.rows[0],
            "maxTileRow": each.rows[1],
            "minTileCol": each.columns[0],
            "maxTileCol": each.columns[1],
        }
        for each in tile_limits(source, grid)
    ]
    box = {
        "lowerLeft": [west, south],
        "upperRight": [east, north],
        "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    }
    return {"boundingBox": box, "tileMatrixSetLimits": limits}
