"""Footprints of what a search finds, as Mapbox vector tiles of the web's Mercator grid."""

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import mapbox_vector_tile  # type: ignore[import-untyped]
import numpy as np
import shapely
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.geos import Polygon

from catalog.conf import limits
from catalog.documents.footprints import SRID
from catalog.querying.finding import matching_items
from catalog.querying.query import SearchQuery
from catalog.querying.sorting import ordering
from catalog.querying.statements import ask_bounded
from catalog.stac.core.documents import timestamp

LAYER = "footprints"
FIELDS = {"id": "Of the item", "collection": "Its id", "datetime": "When it was taken, or began to be"}
MAX_ZOOM = 24
# Units of a tile's side, and how far geometries go on beyond it, so that their outlines don't show at its edge.
EXTENT = 4096
BUFFER = 64
MERCATOR_LATITUDE = math.degrees(math.atan(math.sinh(math.pi)))
COLUMNS = ("item_id", "collection_id", "start_datetime", "geometry")
Columns = tuple[str, str, datetime, Any]


def footprint_tile(query: SearchQuery, *, user: User | AnonymousUser, z: int, x: int, y: int) -> bytes:
    """Draw the tile's one layer, of the first items in the search's order; what is too small to see is a point.

    `x` and `y` are below 2 to the power of `z`.
    """
    order = ordering(query.sort)
    items = matching_items(query, user=user).annotate(**order.annotations)
    items = items.filter(geometry__intersects=_box(z, x, y))
    columns = items.order_by(*(key.ordering(backward=False) for key in order.keys)).values_list(*COLUMNS)
    rows = ask_bounded(lambda: list(columns[: limits().max_tile_features]))
    layer = {"name": LAYER, "features": list(_features(rows, z=z, x=x, y=y))}
    options = {"y_coord_down": True, "extents": EXTENT}
    return bytes(mapbox_vector_tile.encode([layer], default_options=options))


def _box(z: int, x: int, y: int) -> Polygon:
    """Return the box of the tile and of what lies around it, in degrees."""
    margin = BUFFER / EXTENT
    west, east = ((x + each) / 2**z * 360 - 180 for each in (-margin, 1 + margin))
    south, north = (_latitude((y + each) / 2**z) for each in (1 + margin, -margin))
    box = Polygon.from_bbox((max(west, -180.0), south, min(east, 180.0), north))
    box.srid = SRID
    return box


def _latitude(fraction: float) -> float:
    """Return the latitude of a line that many of the map's heights below its upper edge."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * min(max(fraction, 0.0), 1.0)))))


def _features(rows: list[Columns], *, z: int, x: int, y: int) -> Iterator[dict[str, Any]]:
    footprints = shapely.from_wkb([bytes(row[3].wkb) for row in rows])
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
