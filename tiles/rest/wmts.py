"""An image as a WMTS layer, for QGIS, ArcGIS and GDAL."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.encoding.formats import image_format
from tiles.errors import InvalidParameter, UnsupportedOperation
from tiles.geo.extent import geographic_bounds, tile_limits
from tiles.geo.grids import WEB_MERCATOR, Grid
from tiles.rest import query as q
from tiles.rest.base import SourceMixin
from tiles.rest.responses import answers
from tiles.rest.tile import check_lossless, rendering_query
from tiles.rest.tile_parameters import MATRIX_SETS, RENDERING, TILE_FORMAT
from tiles.rest.wmts_document import WmtsLayer, capabilities
from tiles.sources.pool import POOL
from tiles.sources.protocol import Source
from tiles.styling.check import check_style
from tiles.styling.style import parse_style

CAPABILITIES = "WMTSCapabilities.xml"
# What every client knows; more of them by `tileMatrixSetId`.
DEFAULT_SETS = (WEB_MERCATOR, "WorldCRS84Quad")
MAX_SETS = 20
WMTS_FORMAT = "png"


class WmtsMixin(SourceMixin):
    @extend_schema(
        summary="WMTS capabilities of an image",
        parameters=[MATRIX_SETS, TILE_FORMAT, *RENDERING],
        responses=answers("WMTS 1.0.0 capabilities.", ("application/xml",)),
    )
    @action(detail=True, url_path=r"WMTSCapabilities\.xml")
    def wmts(self, request: Request, **_: Any) -> HttpResponseBase:
        """One layer in one style, which the rendering parameters make; add them to the address given to the client."""
        style = parse_style(request.query_params)
        target = image_format(q.text(request.query_params, "tile_format") or WMTS_FORMAT)
        check_lossless(style, target)
        names = set_names(request.query_params)
        refs = self.find_references(request)
        base = request.build_absolute_uri(escape_uri_path(request.path)).removesuffix(CAPABILITIES)
        query = rendering_query(request.query_params)
        with POOL.lease(refs[0], limits=tiles_settings().limits) as source:
            if not source.is_geospatial:
                raise UnsupportedOperation("This image has no place on Earth, so it is no WMTS layer")
            check_style(source, style, count=len(refs))
            sets = [self._grid(source, name) for name in names]
            layer = WmtsLayer(
                name=refs[0].name or "image",
                bounds=geographic_bounds(source),
                template=tile_template(base, target.extension, query),
                media_type=target.media_type,
                address=request.build_absolute_uri(),
                sets=[(grid, limits) for grid in sets if (limits := tile_limits(source, grid))],
            )
        return HttpResponse(capabilities(layer), content_type="application/xml")

    def _grid(self, source: Source, name: str) -> Grid:
        return check_grid(self.find_grid(source, name), name)


def tile_template(base: str, extension: str, query: str) -> str:
    """The address of tiles in WMTS' terms; ``query``: rendering parameters."""
    address = base + "tiles/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}." + extension
    return f"{address}?{query}" if query else address


def check_grid(grid: Grid, name: str) -> Grid:
    """The grid, if WMTS knows of its like. Raises InvalidParameter."""
    if grid.is_pixels or any(matrix.coalesced for matrix in grid.matrices):
        raise InvalidParameter(f"WMTS has no way to say how the tiles of {name} lie")
    return grid


def set_names(query: QueryDict) -> list[str]:
    """The grids that are asked for, else those that every client knows. Raises InvalidParameter."""
    texts = query.getlist("tileMatrixSetId")
    names = list(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))
    if len(names) > MAX_SETS:
        raise InvalidParameter(f"tileMatrixSetId names {len(names)} sets; the limit is {MAX_SETS}")
    return names or list(DEFAULT_SETS)
