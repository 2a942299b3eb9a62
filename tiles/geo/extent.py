"""Which tiles of a grid an image has."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tiles.geo.grids import Box, Grid, Matrix
from tiles.regions.description import zoom_range
from tiles.sources.raster import RasterSource

# Beyond the image's own resolution, viewers enlarge tiles themselves.
EXTRA_ZOOMS = 2


@dataclass(frozen=True, slots=True)
class TileLimits:
    """The first and last column and row of one zoom level."""

    z: int
    columns: tuple[int, int]
    rows: tuple[int, int]


def tile_limits(source: RasterSource, grid: Grid) -> list[TileLimits]:
    """Of each zoom level from the whole world's down to a little beyond the image's resolution; empty where it isn't.

    An image across the antimeridian has tiles at both edges of the world: its limits are those of the whole round.
    """
    boxes = source.coverage(grid)
    return limits_of_boxes(boxes, grid, last=zoom_range(source, grid)[1] + EXTRA_ZOOMS) if boxes else []


def limits_of_boxes(boxes: Sequence[Box], grid: Grid, *, last: int) -> list[TileLimits]:
    """Of boxes in the grid's units, down to a zoom."""
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
