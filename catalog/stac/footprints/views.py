"""The routes of footprints as vector tiles."""

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.errors import NotFound
from catalog.querying.query import parse_query_string
from catalog.services.access.sight import find_sight
from catalog.services.remembering import remembered
from catalog.stac.core.documents import Document
from catalog.stac.core.links import Site
from catalog.stac.core.openapi import describe_get
from catalog.stac.core.parameters import FILTERS, SORTBY
from catalog.stac.core.responses import BinaryRenderer
from catalog.stac.core.views import StacView
from catalog.stac.footprints.drawing import DENSITY, FIELDS, LAYER, MAX_ZOOM, MERCATOR_LATITUDE
from catalog.stac.footprints.tiles import footprint_tile

VECTOR_TILE = "application/vnd.mapbox-vector-tile"
PARAMETERS = {**FILTERS, "sortby": SORTBY}


class VectorTileRenderer(BinaryRenderer):
    media_type = VECTOR_TILE
    format = "mvt"


class FootprintTileView(StacView):
    renderer_classes = (VectorTileRenderer,)

    @describe_get("getFootprintTile", media_type=VECTOR_TILE, errors=(400, 404), parameters=PARAMETERS)
    def get(self, request: Request, z: int, x: int, y: int) -> Response:
        """Of the items that a search finds, with their id, collection and datetime."""
        if z > MAX_ZOOM or max(x, y) >= 2**z:
            raise NotFound(f"There is no tile {z}/{x}/{y}: zooms end at {MAX_ZOOM}, columns and rows below 2 to the z.")
        query = parse_query_string(request.query_params)
        sight = find_sight(request.user)
        tile = remembered(
            lambda: footprint_tile(query, user=request.user, sight=sight, z=z, x=x, y=y),
            query=query,
            sight=sight,
            about=("footprints", z, x, y),
        )
        return Response(tile)


class FootprintTileJSONView(StacView):
    @describe_get("getFootprintTileJSON", errors=(400,), parameters=PARAMETERS)
    def get(self, request: Request) -> Response:
        parse_query_string(request.query_params)
        return Response(_tilejson(request.query_params.urlencode(), site=self.site))


def _tilejson(query: str, *, site: Site) -> Document:
    template = f"{site.root}{LAYER}/{{z}}/{{x}}/{{y}}.mvt"
    return {
        "tilejson": "3.0.0",
        "name": "Footprints",
        "tiles": [f"{template}?{query}" if query else template],
        "vector_layers": [
            {"id": LAYER, "fields": FIELDS},
            {"id": DENSITY, "fields": {"count": "Items whose middle lies in the cell"}},
        ],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "bounds": [-180, -MERCATOR_LATITUDE, 180, MERCATOR_LATITUDE],
    }
