"""Find where an image lies: its bounds in degrees, the zooms and the tiles of a grid that it has."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tiles.errors import UnsupportedOperation
from tiles.geo.crs import to_degrees
from tiles.geo.footprint import Footprint
from tiles.geo.georeference import AnyReference
from tiles.geo.grids import WGS84, Grid, Matrix
from tiles.geo.longitudes import FULL_TURN, HALF_TURN, Box, wrapped

TILE_SIZE = 256

# Beyond the image's own resolution, viewers enlarge tiles themselves.
EXTRA_ZOOMS = 2


class Placed(Protocol):
    """Stand for an image of ``width`` x ``height`` pixels that has a place in the coordinate systems of grids."""

    width: int
    height: int

    @property
    def footprint(self) -> Footprint | None:
        """Return the outline in degrees; None where no pixel has a place."""

    def coverage(self, grid: Grid, /) -> tuple[Box, ...]:
        """Return boxes in the grid's units that hold the whole image: one, or two across the antimeridian."""

    def reference(self, grid: Grid, /) -> AnyReference:
        """Return the way between the grid's coordinates and the image's pixels."""


def geographic_bounds(source: Placed) -> Box:
    """Return west, south, east and north in degrees, those of the footprint.

    East is beyond 180 across the antimeridian. An image of which no pixel has a place spans the whole Earth.
    """
    if source.footprint is None:
        return (-HALF_TURN, -90.0, HALF_TURN, 90.0)
    west, south, east, north = source.footprint.bbox
    return (west, south, east if west < east else east + FULL_TURN, north)


def latitudes_of(grid: Grid) -> tuple[float, float]:
    """Return the latitudes at which a grid ends that goes round the Earth; those of the poles of others."""
    if grid.is_pixels or not (grid.period and grid.matrices):
        return (-90.0, 90.0)
    matrix = grid.matrices[0]
    top = matrix.origin[1]
    ends = np.array([[0.0, top - matrix.rows * matrix.tile_size * matrix.cell_size], [0.0, top]])
    south, north = np.nan_to_num(to_degrees(ends, grid)[:, 1], nan=90.0).tolist()
    return max(-90.0, min(south, north)), min(90.0, max(south, north))


def clipped_to(bounds: Box, grid: Grid) -> Box:
    """Return bounds in degrees within the latitudes of a grid: clients ask for the tiles of all of them."""
    (west, south, east, north), (bottom, top) = bounds, latitudes_of(grid)
    return west, min(max(south, bottom), top), east, max(min(north, top), bottom)


def zoom_range(source: Placed, grid: Grid) -> tuple[int, int]:
    """Return the zoom at which the image is about one tile, and that whose cells are nearest to its pixels in size."""
    if grid.is_pixels:
        return 0, grid.maxzoom
    size = native_cell_size(source, grid)
    cells = [matrix.cell_size for matrix in grid.matrices]
    nearest = min(range(len(cells)), key=lambda z: abs(math.log(cells[z] / size)))
    levels = max(0, math.ceil(math.log2(max(source.width, source.height) / TILE_SIZE)))
    return grid.minzoom + max(0, nearest - levels), grid.minzoom + nearest


def native_cell_size(source: Placed, grid: Grid) -> float:
    """Return the CRS units across one pixel in the middle of the image, or wherever around it there are coordinates.

    Grids that go round the Earth stretch without end at a pole: around one it is measured halfway to the edges.
    """
    reference = source.reference(grid)
    if grid.period and _surrounds_pole(source):
        sizes = [_cell_size(reference, x, y, grid) for x in (0.25, 0.75) for y in (0.25, 0.75)]
        if known := [size for size in sizes if size]:
            return min(known)
    for share in (0.5, 0.4, 0.6, 0.25, 0.75):
        if size := _cell_size(reference, share, share, grid):
            return size
    west, _, east, _ = geographic_bounds(source)
    return max(1e-9, (east - west) / source.width * 111_320)


def _cell_size(reference: AnyReference, x_share: float, y_share: float, grid: Grid) -> float:
    """Measure one pixel, at shares of the image's width and height; 0 where it has no place."""
    column, row = reference.width * x_share, reference.height * y_share
    columns = np.array([column, column + 1, column])
    rows = np.array([row, row, row + 1])
    x, y = reference.to_coordinates(columns, rows)
    steps = np.hypot(wrapped(x[1:] - x[0], grid.period) if grid.period else x[1:] - x[0], y[1:] - y[0])
    return float(steps.min()) if np.isfinite(steps).all() and steps.min() > 0 else 0.0


def _surrounds_pole(source: Placed) -> bool:
    """Tell whether a pole lies within the image, not at its edge."""
    try:
        columns, rows = source.reference(WGS84).to_pixels(np.zeros(2), np.array([-90.0, 90.0]))
    except UnsupportedOperation:
        return False
    # Comparisons with NaN are false.
    inside = (columns > 1) & (columns < source.width - 1) & (rows > 1) & (rows < source.height - 1)
    return bool(inside.any())


@dataclass(frozen=True, slots=True)
class TileLimits:
    """Hold the first and last column and row of one zoom level."""

    z: int
    columns: tuple[int, int]
    rows: tuple[int, int]


def tile_limits(source: Placed, grid: Grid) -> list[TileLimits]:
    """List the tiles of each zoom from the whole world's to a little beyond the image's own; none where it isn't.

    An image across the antimeridian has tiles at both edges of the world: its limits are those of the whole round.
    """
    boxes = source.coverage(grid)
    return limits_of_boxes(boxes, grid, last=zoom_range(source, grid)[1] + EXTRA_ZOOMS) if boxes else []


def limits_of_boxes(boxes: Sequence[Box], grid: Grid, *, last: int) -> list[TileLimits]:
    """List the tiles that boxes in the grid's units have in each zoom down to ``last``."""
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    found = []
    for z in range(grid.minzoom, min(grid.maxzoom, last) + 1):
        matrix = grid.matrix(z)
        columns = _numbers(west - matrix.origin[0], east - matrix.origin[0], matrix, matrix.columns)
        rows = _numbers(matrix.origin[1] - north, matrix.origin[1] - south, matrix, matrix.rows)
        if columns and rows:
            found.append(TileLimits(z, columns, rows))
    return found


def _numbers(first: float, last: float, matrix: Matrix, count: int) -> tuple[int, int] | None:
    span = matrix.cell_size * matrix.tile_size
    # What ends just where a tile begins doesn't reach into it, whatever the last digits say. Some coverage is endless.
    low, high = (max(-1.0, min(count + 1.0, edge / span + slack)) for edge, slack in ((first, 1e-9), (last, -1e-9)))
    start, end = math.floor(low), math.floor(high)
    return (max(0, start), min(count - 1, end)) if start < count and end >= 0 else None
