"""Move footprints into the systems of grids, and areas and lines of grids into degrees."""

import threading

import numpy as np
import shapely
from cachetools import LRUCache

from tiles.geo.crs import transform_points
from tiles.geo.georeference import Floats
from tiles.geo.grids import WGS84, Grid, TileArea

# An edge that is straight in degrees bends in other systems: it is followed at so many points along an image.
PIECES = 32
# Coordinates of all that are kept: 16 bytes each.
KEPT = 1_000_000

# Places along each side at which a tile is looked at, and how far beyond them its edges may bend, as a share of it.
PLACES = 9
MARGIN = 0.05
# Degrees of longitude across which a tile is taken to go round the Earth, and of latitude beyond which it then has
# the pole inside.
ROUND = 180.0
HALF_TURN = 180.0
POLAR = 60.0
# Degrees, some centimetres: points that lie so near to a straight line are on it.
BESIDE = 1e-7

_moved: LRUCache[tuple[bytes, str], shapely.Geometry | None] = LRUCache(
    KEPT, getsizeof=lambda geometry: 1 + (0 if geometry is None else int(shapely.get_num_coordinates(geometry)))
)
_lock = threading.Lock()


def move_footprint(footprint: shapely.Geometry, grid: Grid) -> shapely.Geometry | None:
    """Return a footprint, given in degrees, in the grid's units; None when it has no valid place there."""
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


def geographic_box(grid: Grid, area: TileArea) -> shapely.Polygon | shapely.MultiPolygon:
    """Return a box in degrees that holds the area; it is too large where meridians aren't straight in the grid.

    In two parts where it lies across the antimeridian.
    """
    west, south, east, north = area.box
    x, y = np.meshgrid(np.linspace(west, east, PLACES), np.linspace(south, north, PLACES))
    points = transform_points(grid, WGS84)(np.column_stack([x.ravel(), y.ravel()]))
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return shapely.box(-180.0, -90.0, 180.0, 90.0)
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    margin_x, margin_y = MARGIN * (right - left), MARGIN * (top - bottom)
    if right - left > ROUND:
        left, right = -180.0, 180.0
        bottom, top = -90.0 if bottom < -POLAR else bottom, 90.0 if top > POLAR else top
    bottom, top = max(-90.0, bottom - margin_y), min(90.0, top + margin_y)
    parts = [
        shapely.box(max(-180.0, left + turn - margin_x), bottom, min(180.0, right + turn + margin_x), top)
        for turn in _turns(left, right)
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def line_through(points: Floats) -> shapely.MultiLineString:
    """Return the line through points (count, 2) in degrees; in parts across the antimeridian."""
    runs = np.split(points, np.flatnonzero(np.abs(np.diff(points[:, 0])) > HALF_TURN) + 1)
    # A line has two points at least.
    lines = [shapely.LineString(run if len(run) > 1 else [run[0], run[0] + BESIDE]) for run in runs]
    return shapely.MultiLineString([shapely.simplify(line, BESIDE) for line in lines])


def _turns(left: float, right: float) -> tuple[float, ...]:
    """Return the whole turns, in degrees, that bring a range of longitudes within ±180."""
    return tuple(turn for turn in (0.0, -360.0, 360.0) if left + turn < HALF_TURN and right + turn > -HALF_TURN)
