"""Find where an image lies: its bounds in degrees, the zooms and the tiles of a grid that it has."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tiles.geo.footprint import Footprint
from tiles.geo.georeference import AnyReference
from tiles.geo.grids import Box, Grid, Matrix

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

    An image across the antimeridian spans the whole round, since a TileJSON's west may not be greater than its east;
    one of which no pixel has a place spans the whole Earth.
    """
    if source.footprint is None:
        return (-180.0, -90.0, 180.0, 90.0)
    west, south, east, north = source.footprint.bbox
    return (west, south, east, north) if west < east else (-180.0, south, 180.0, north)


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
    """Return the CRS units across one pixel in the middle of the image, or wherever around it there are coordinates."""
    for share in (0.5, 0.4, 0.6, 0.25, 0.75):
        column, row = source.width * share, source.height * share
        columns = np.array([column, column + 1, column])
        rows = np.array([row, row, row + 1])
        x, y = source.reference(grid).to_coordinates(columns, rows)
        steps = np.hypot(x[1:] - x[0], y[1:] - y[0])
        if np.isfinite(steps).all() and steps.min() > 0:
            return float(steps.min())
    west, _, east, _ = geographic_bounds(source)
    return max(1e-9, (east - west) / source.width * 111_320)


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
