"""TileJSON 3.0.0 of an image in a grid."""

from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from tiles.errors import InvalidParameter
from tiles.geo.extent import geographic_bounds, zoom_range
from tiles.geo.grids import MERCATOR_LATITUDE, Grid
from tiles.rest import query as q
from tiles.sources.protocol import Source

# What tiles are asked for with, beside a style.
SIZES = ("tilesize", "buffer")


def describe_tiles(source: Source, grid: Grid, *, name: str, template: str) -> dict[str, Any]:
    """The document, with the projection and, for pixel space, the size."""
    minzoom, maxzoom = zoom_range(source, grid)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": name,
        "tiles": [template],
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "tilesize": grid.matrices[0].tile_size,
        "projection": "pixels" if grid.is_pixels else _projection(grid),
    }
    if grid.is_pixels:
        return document | {"width": source.width, "height": source.height}
    west, south, east, north = geographic_bounds(source)
    south, north = max(-MERCATOR_LATITUDE, south), min(MERCATOR_LATITUDE, north)
    return document | {
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, minzoom],
    }


def _projection(grid: Grid) -> str:
    return grid.crs if grid.crs.startswith("EPSG:") else grid.identifier


def apply_query(document: dict[str, Any], query: QueryDict, grid: Grid, *, size: int) -> dict[str, Any]:
    """The document with the zooms and the size of tiles (0: the grid's own) that are asked for.

    Raises InvalidParameter.
    """
    low, high = (
        q.integer(query, name, low=max(0, grid.minzoom), high=grid.maxzoom, default=document[name])
        for name in ("minzoom", "maxzoom")
    )
    if low > high:
        raise InvalidParameter(f"minzoom is {low}, which is above maxzoom, {high}")
    changed: dict[str, Any] = {"minzoom": low, "maxzoom": high, "tilesize": size or document["tilesize"]}
    if "center" in document:
        changed["center"] = [*document["center"][:2], max(low, min(high, document["center"][2]))]
    return document | changed


def size_query(query: QueryDict) -> str:
    """The sizes of tiles that are asked for, to hand on in a URL."""
    return urlencode({name: query[name] for name in SIZES if query.get(name)})
