"""Footprints in the systems of grids. Every tile that an image lies on asks for its own, so they are kept."""

import threading

import numpy as np
import shapely
from cachetools import LRUCache

from tiles.geo.crs import transform_points
from tiles.geo.grids import WGS84, Grid

# An edge that is straight in degrees bends in other systems: it is followed at so many points along an image.
PIECES = 32
# Coordinates of all that are kept: 16 bytes each.
KEPT = 1_000_000

_moved: LRUCache[tuple[bytes, str], shapely.Geometry | None] = LRUCache(
    KEPT, getsizeof=lambda geometry: 1 + (0 if geometry is None else int(shapely.get_num_coordinates(geometry)))
)
_lock = threading.Lock()


def move_footprint(footprint: shapely.Geometry, grid: Grid) -> shapely.Geometry | None:
    """A footprint in degrees in the grid's units; None when it has no valid place there."""
    key = (shapely.to_wkb(footprint), grid.crs)
    with _lock:
        if key in _moved:
            return _moved[key]
    moved = _move(footprint, grid)
    with _lock:
        if moved is None or shapely.get_num_coordinates(moved) < KEPT:
            _moved[key] = moved
    return moved


def _move(footprint: shapely.Geometry, grid: Grid) -> shapely.Geometry | None:
    west, south, east, north = shapely.bounds(footprint)
    step = max(east - west, north - south) / PIECES
    followed = shapely.segmentize(footprint, step) if step > 0 else footprint
    moved: shapely.Geometry = shapely.transform(followed, transform_points(WGS84, grid))
    return moved if np.isfinite(shapely.get_coordinates(moved)).all() and shapely.is_valid(moved) else None
