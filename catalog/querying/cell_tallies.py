"""Tally the cells of grids that footprints lie in: `grids` for many at once, in the same numbers."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import shapely

from catalog.querying.item_tallies import UNCOUNTED, Part, Tally
from catalog.querying.sql.grids import HALF_WORLD, MERCATOR_LATITUDE, Grid, Kind

# Of middles the finest: coarser cells are made of it. Of footprints each, which may meet two of a coarser one.
MIDDLES: dict[Kind, int] = {"geohash": 3, "geotile": 8}
MEETINGS: dict[Kind, range] = {"geohash": range(1, 4), "geotile": range(8)}
# Of a grid as many cells as one footprint may meet. Those of the default precisions are counted of any footprint.
MOST_CELLS = 1 << 10
# Cells that are looked at together, each of which takes some hundred bytes.
TOGETHER = 1 << 16

Numbers = np.ndarray[Any, Any]


def middle_part(kind: Kind) -> str:
    return f"middle {kind}"


def meeting_part(grid: Grid) -> str:
    return f"meeting {grid.kind} {grid.precision}"


def tally_cells(footprints: Sequence[bytes | None]) -> Tally:
    """Count footprints, given as WKB, by the cell of their middle and by the cells that they meet."""
    shapes = shapely.from_wkb(np.array(footprints, dtype=object))
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if not len(shapes):
        return {}
    bounds = shapely.bounds(shapes)
    shapely.prepare(shapes)
    middles = _middles(shapes, bounds)
    tally: Tally = {}
    for kind, precision in MIDDLES.items():
        finest = Grid(kind, precision)
        columns, rows = _positions(kind, middles[:, 0], middles[:, 1])
        cells = _first(rows * finest.rows, finest.rows) * finest.columns + _first(
            columns * finest.columns, finest.columns
        )
        tally[middle_part(kind)] = _counted(cells)
    parts, owners = _parts(shapes, bounds)
    for kind, precisions in MEETINGS.items():
        box = _box(kind, shapely.bounds(parts))
        for precision in precisions:
            grid = Grid(kind, precision)
            tally[meeting_part(grid)] = _met(parts, owners, box, grid)
    return tally


def coarser_cells(counts: Part, *, grid: Grid) -> Part:
    """Return the counts of a part of middles by the cells of a coarser grid."""
    finest = Grid(grid.kind, MIDDLES[grid.kind])
    across, down = finest.columns // grid.columns, finest.rows // grid.rows
    found: Part = {}
    for key, count in counts.items():
        row, column = divmod(int(key), finest.columns)
        cell = str(row // down * grid.columns + column // across)
        found[cell] = found.get(cell, 0) + count
    return found


def _middles(shapes: Numbers, bounds: Numbers) -> Numbers:
    """Return the coordinates of what `centroid_cell` takes for the middle."""
    points = shapely.centroid(shapes)
    is_wide = bounds[:, 2] - bounds[:, 0] > HALF_WORLD
    points[is_wide] = shapely.point_on_surface(shapes[is_wide])
    return np.asarray(shapely.get_coordinates(points))


def _parts(shapes: Numbers, bounds: Numbers) -> tuple[Numbers, Numbers]:
    """Return the shapes, of those around the world their parts, and the number of the shape that each belongs to."""
    is_wide = bounds[:, 2] - bounds[:, 0] > HALF_WORLD
    parts, owners = shapely.get_parts(shapes[is_wide], return_index=True)
    shapely.prepare(parts)
    numbers = np.concatenate([np.flatnonzero(~is_wide), np.flatnonzero(is_wide)[owners]])
    return np.concatenate([shapes[~is_wide], parts]), numbers


def _positions(kind: Kind, longitudes: Numbers, latitudes: Numbers) -> tuple[Numbers, Numbers]:
    """Return how far along the world they are, from 0 to 1: the column and the row of a grid of one cell."""
    columns = (longitudes + 180) / 360
    if kind == "geohash":
        return columns, (latitudes + 90) / 180
    within = np.radians(np.clip(latitudes, -MERCATOR_LATITUDE, MERCATOR_LATITUDE))
    return columns, (1 - np.arcsinh(np.tan(within)) / np.pi) / 2


def _box(kind: Kind, bounds: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return the positions of first column, last column, first row and last row."""
    west, south, east, north = bounds.T
    low, high = (south, north) if kind == "geohash" else (north, south)
    (first_column, first_row), (last_column, last_row) = _positions(kind, west, low), _positions(kind, east, high)
    return first_column, last_column, first_row, last_row


def _first(position: Numbers, count: int) -> Numbers:
    return np.clip(np.floor(position), 0, count - 1).astype(np.int64)


def _last(position: Numbers, first: Numbers, count: int) -> Numbers:
    return np.asarray(np.maximum(first, np.clip(np.ceil(position) - 1, 0, count - 1).astype(np.int64)))


def _met(shapes: Numbers, owners: Numbers, box: tuple[Numbers, Numbers, Numbers, Numbers], grid: Grid) -> Part:
    """Count the owners of shapes by the cells that these meet, an owner once a cell."""
    west, north = _first(box[0] * grid.columns, grid.columns), _first(box[2] * grid.rows, grid.rows)
    width = _last(box[1] * grid.columns, west, grid.columns) - west + 1
    cells = width * (_last(box[3] * grid.rows, north, grid.rows) - north + 1)
    single, several, too_many = cells == 1, (cells > 1) & (cells <= MOST_CELLS), cells > MOST_CELLS
    # An owner and a cell are one number.
    first = owners * (grid.columns * grid.rows)
    found = [(first + north * grid.columns + west)[single]]
    for here in _pieces(np.flatnonzero(several), cells):
        shape = np.repeat(here, cells[here])
        place = np.arange(len(shape)) - np.repeat(np.cumsum(cells[here]) - cells[here], cells[here])
        column, row = west[shape] + place % width[shape], north[shape] + place // width[shape]
        met = shapely.intersects(shapes[shape], _envelopes(grid, column, row))
        found.append((first[shape] + row * grid.columns + column)[met])
    counts = _counted(np.unique(np.concatenate(found)) % (grid.columns * grid.rows))
    return counts | {UNCOUNTED: int(too_many.sum())} if too_many.any() else counts


def _pieces(indexes: Numbers, cells: Numbers) -> Iterator[Numbers]:
    """Yield the indexes of footprints by pieces that have few cells together."""
    if len(indexes):
        ends = np.cumsum(cells[indexes]) // TOGETHER
        yield from np.split(indexes, np.flatnonzero(np.diff(ends)) + 1)


def _envelopes(grid: Grid, column: Numbers, row: Numbers) -> Numbers:
    longitudes, latitudes = _edges(grid)
    south, north = np.sort([latitudes[row], latitudes[row + 1]], axis=0)
    return np.asarray(shapely.box(longitudes[column], south, longitudes[column + 1], north))


@cache
def _edges(grid: Grid) -> tuple[Numbers, Numbers]:
    longitudes = [grid.longitude_of(column) for column in range(grid.columns + 1)]
    return np.array(longitudes), np.array([grid.latitude_of(row) for row in range(grid.rows + 1)])


def _counted(cells: Numbers) -> Part:
    keys, counts = np.unique(cells, return_counts=True)
    return dict(zip(map(str, keys.tolist()), counts.tolist(), strict=True))
