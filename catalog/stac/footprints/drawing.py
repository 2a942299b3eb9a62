"""Draw Mapbox vector tiles of the web's Mercator grid, of rows that were read."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import mapbox_vector_tile  # type: ignore[import-untyped]
import numpy as np
import shapely

from catalog.stac.core.documents import timestamp

LAYER, DENSITY = "footprints", "density"
FIELDS = {"id": "Of the item", "collection": "Its id", "datetime": "When it was taken, or began to be"}
MAX_ZOOM = 24
# Units of a tile's side, and how far geometries go on beyond it, so that their outlines don't show at its edge.
EXTENT = 4096
BUFFER = 64
MERCATOR_LATITUDE = math.degrees(math.atan(math.sinh(math.pi)))
COLUMNS = ("item_id", "collection_id", "start_datetime", "geometry")
# Of the last the WKB.
Columns = tuple[str, str, datetime, Any]
# In units of the tile: west, north, side. Then how many items.
Square = tuple[int, int, int, int]


def draw_rows(rows: Sequence[Columns], *, z: int, x: int, y: int) -> bytes:
    """Return the tile of these footprints; what is too small to see is a point."""
    return _tile(LAYER, _features(rows, z=z, x=x, y=y))


def draw_squares(squares: Iterable[Square]) -> bytes:
    """Return the tile that has these squares with their counts."""
    return _tile(
        DENSITY,
        (
            {"geometry": shapely.box(west, north, west + side, north + side), "properties": {"count": count}}
            for west, north, side, count in squares
        ),
    )


def _tile(name: str, features: Iterable[dict[str, Any]]) -> bytes:
    """Return the tile that has this layer alone. Tiles one after the other are one of all their layers."""
    options = {"y_coord_down": True, "extents": EXTENT}
    return bytes(mapbox_vector_tile.encode([{"name": name, "features": list(features)}], default_options=options))


def _features(rows: Sequence[Columns], *, z: int, x: int, y: int) -> Iterator[dict[str, Any]]:
    footprints = shapely.from_wkb([bytes(row[3]) for row in rows])
    clipped = shapely.clip_by_rect(
        shapely.transform(footprints, lambda degrees: _in_tile(degrees, z=z, x=x, y=y)),
        -BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER,
    )  # fmt: skip
    for (item_id, collection_id, start, _), shape, drawn in zip(
        rows, clipped, shapely.set_precision(clipped, 1.0), strict=True
    ):
        properties = {"id": item_id, "collection": collection_id, "datetime": timestamp(start)}
        for part in _parts(shape, drawn):
            yield {"geometry": part, "properties": properties}


def _in_tile(degrees: np.ndarray, *, z: int, x: int, y: int) -> np.ndarray:
    """Return longitudes and latitudes as units of the tile, from its upper left corner."""
    latitudes = np.radians(np.clip(degrees[:, 1], -MERCATOR_LATITUDE, MERCATOR_LATITUDE))
    across = (degrees[:, 0] + 180) / 360
    down = (1 - np.arcsinh(np.tan(latitudes)) / math.pi) / 2
    return np.asarray((np.column_stack([across, down]) * 2**z - (x, y)) * EXTENT)


def _parts(shape: Any, drawn: Any) -> Iterator[Any]:
    """Yield a collection's parts as features of their own: the format has none of mixed types."""
    if shape.is_empty:
        return
    if drawn.is_empty:
        middle = shape.centroid
        yield shapely.Point(round(middle.x), round(middle.y))
    elif drawn.geom_type == "GeometryCollection":
        yield from drawn.geoms
    else:
        yield drawn
