"""Make the tile grid that large-image has for a projection: a square as wide as the world, halved at each zoom."""

import math
import re
from contextlib import suppress
from functools import lru_cache
from typing import Any

from osgeo import osr

from tiles.errors import InvalidParameter
from tiles.geo.georeference import spatial_reference
from tiles.geo.grids import MAX_ZOOM, Grid, Matrix, web_mercator

# Only codes: PROJ's and GDAL's other spellings may name files and servers.
_CODE = re.compile(r"(?:EPSG|ESRI):\d{1,7}\Z", re.IGNORECASE)
MERCATOR = "EPSG:3857"
TILE_SIZE = 256


def _projection(code: str) -> Any:
    """Return the coordinate system of that code, x before y. Raises InvalidParameter."""
    if _CODE.match(code):
        with suppress(RuntimeError):
            return spatial_reference(code.upper())
    raise InvalidParameter(f"projection must be a known code such as {MERCATOR}, not {code!r}")


@lru_cache(maxsize=64)
def projected_grid(code: str) -> Grid:
    """Return the grid of ``projection=code`` as large-image counts it: zoom 0 is one square around the origin.

    Its side is the distance between the ends of the equator. Raises InvalidParameter for a projection that doesn't
    reach them, such as a polar one.
    """
    if code.upper() == MERCATOR:
        return web_mercator()
    reference = _projection(code)
    side = _equator(reference, code)
    matrices = tuple(
        Matrix(side / TILE_SIZE / 2**z, (-side / 2, side / 2), 2**z, 2**z, TILE_SIZE) for z in range(MAX_ZOOM + 1)
    )
    period = side if reference.IsGeographic() or reference.GetAttrValue("PROJECTION") == "Mercator_1SP" else 0.0
    return Grid(code.upper(), code.upper(), matrices, period=period)


def _equator(reference: Any, code: str) -> float:
    degrees = spatial_reference("EPSG:4326")
    try:
        west, east = osr.CoordinateTransformation(degrees, reference).TransformPoints([(-180.0, 0.0), (180.0, 0.0)])
    except RuntimeError:
        west = east = (math.nan, 0.0)
    length = abs(east[0] - west[0])
    if not (math.isfinite(length) and length > 1):
        raise InvalidParameter(f"{code} has no tiles: it doesn't hold the whole equator")
    return float(length)
