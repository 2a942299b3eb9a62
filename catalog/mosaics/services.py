"""Services on a layer: TileJSON, WMTS, OGC API - Tiles."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.mosaics import openapi
from catalog.mosaics.asking import Asked, parse_request
from catalog.mosaics.extent import layer_bounds, layer_tiles, layer_zooms
from catalog.mosaics.views import MosaicView
from tiles.encoding.formats import PNG, image_format
from tiles.geo.grids import MERCATOR_LATITUDE, WEB_MERCATOR, grid
from tiles.rest import query as q
from tiles.rest.ogc import tileset_extent, tileset_summary, tilesets_document
from tiles.rest.tile import check_lossless, tile_size
from tiles.rest.tile_parameters import MATRIX_SETS, TILE, TILE_FORMAT, ZOOMS
from tiles.rest.tilejson import apply_query, size_query
from tiles.rest.wmts import CAPABILITIES, WMTS_FORMAT, check_grid, set_names, tile_template
from tiles.rest.wmts_document import WmtsLayer, capabilities
from tiles.styling.algorithms import ENCODINGS

DEFAULT_FORMAT = "webp"


class TileJSONView(MosaicView):
    @openapi.of_search(
        "tilejson", "TileJSON of a search", openapi.MATRIX_SET_ID, TILE_FORMAT, *ZOOMS, *TILE, *openapi.STYLE
    )
    def get(self, request: Request, search_id: str) -> Response:
        name = q.text(request.query_params, "tileMatrixSetId") or WEB_MERCATOR
        return _tilejson(request, parse_request(request, search_id), name, base="tiles/")


class MatrixSetTileJSONView(MosaicView):
    @openapi.of_search(
        "matrix_set_tilejson",
        "TileJSON of a search in one grid",
        openapi.MATRIX_SET,
        TILE_FORMAT,
        *ZOOMS,
        *TILE,
        *openapi.STYLE,
    )
    def get(self, request: Request, search_id: str, tile_matrix_set: str) -> Response:
        return _tilejson(request, parse_request(request, search_id), tile_matrix_set, base="../")


def _tilejson(request: Request, asked: Asked, matrix_set: str, *, base: str) -> Response:
    """``base``: the address of the tiles, as seen from the request's."""
    layer, chosen = asked.layer, grid(matrix_set)
    is_exact = asked.style.algorithm and asked.style.algorithm.name in ENCODINGS
    target = image_format(
        q.text(request.query_params, "tile_format") or (PNG.extension if is_exact else DEFAULT_FORMAT)
    )
    check_lossless(asked.style, target)
    size, _ = tile_size(request.query_params, None)
    address = request.build_absolute_uri(f"{base}{chosen.identifier}/") + "{z}/{x}/{y}." + target.extension
    handed_on = "&".join(filter(None, (asked.handed_on, size_query(request.query_params))))
    west, south, east, north = layer_bounds(layer)
    minzoom, maxzoom = layer_zooms(layer, chosen)
    size, _ = tile_size(request.query_params, None)
    handed_on = "&".join(filter(None, (asked.handed_on, size_query(request.query_params))))
    document = {
        "tilejson": "3.0.0",
        "name": layer.title,
        "tiles": [f"{address}?{handed_on}" if handed_on else address],
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "tilesize": chosen.matrices[0].tile_size,
        "bounds": [west, max(south, -MERCATOR_LATITUDE), east, min(north, MERCATOR_LATITUDE)],
        "center": [(west + east) / 2, (south + north) / 2, minzoom],
    }
    return Response(apply_query(document, request.query_params, chosen, size=size))


class WmtsView(MosaicView):
    @openapi.of_search(
        "wmts",
        "WMTS capabilities of a search",
        MATRIX_SETS,
        TILE_FORMAT,
        *openapi.STYLE,
        responses={(200, "application/xml"): OpenApiTypes.STR, **openapi.ERRORS},
    )
    def get(self, request: Request, search_id: str) -> HttpResponse:
        """One layer in one style, which the rendering parameters make; add them to the address given to the client."""
        asked = parse_request(request, search_id)
        bounds = layer_bounds(asked.layer)
        target = image_format(q.text(request.query_params, "tile_format") or WMTS_FORMAT)
        check_lossless(asked.style, target)
        sets = [check_grid(grid(name), name) for name in set_names(request.query_params)]
        base = request.build_absolute_uri(request.path).removesuffix(CAPABILITIES)
        layer = WmtsLayer(
            name=asked.layer.title,
            bounds=bounds,
            template=tile_template(base, target.extension, asked.handed_on),
            media_type=target.media_type,
            address=request.build_absolute_uri(),
            sets=[(each, limits) for each in sets if (limits := layer_tiles(asked.layer, each, bounds))],
        )
        return HttpResponse(capabilities(layer), content_type="application/xml")


class TilesetsView(MosaicView):
    @openapi.of_search("tilesets", "Tilesets of a search", *openapi.STYLE)
    def get(self, request: Request, search_id: str) -> Response:
        """One for each grid, with the rendering parameters in their links."""
        asked, base = parse_request(request, search_id), request.build_absolute_uri(request.path)
        return Response(tilesets_document(request, base, title=asked.layer.title, query=asked.handed_on))


class TilesetView(MosaicView):
    @openapi.of_search("tileset", "One tileset of a search", openapi.MATRIX_SET, *openapi.STYLE)
    def get(self, request: Request, search_id: str, tile_matrix_set: str) -> Response:
        """Which tiles there may be at each zoom, and where."""
        asked, chosen = parse_request(request, search_id), grid(tile_matrix_set)
        base = request.build_absolute_uri(request.path).rpartition("/")[0]
        title, query, bounds = asked.layer.title, asked.handed_on, layer_bounds(asked.layer)
        document = tileset_summary(request, base, tile_matrix_set, title=title, query=query)
        return Response(document | tileset_extent(bounds, layer_tiles(asked.layer, chosen, bounds)))
