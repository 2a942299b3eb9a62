"""Grids that cut the world into cells, computed alike in Python and in PostgreSQL.

A cell has a column, counted from the west, and a row. Formulas: <https://en.wikipedia.org/wiki/Geohash>, and for tiles
the OGC's WebMercatorQuad.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import orjson
import shapely

Kind = Literal["geohash", "geotile"]
PRECISIONS: dict[Kind, range] = {"geohash": range(1, 13), "geotile": range(30)}
BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
# Where tiles end: a square of Web Mercator.
MERCATOR_LATITUDE = 85.0511287798066
# Footprints across the antimeridian have parts on both sides; between them their centroid lies where they are not.
HALF_WORLD = 180


@dataclass(frozen=True)
class Window:
    """Columns and rows, both ends included."""

    first_column: int
    last_column: int
    first_row: int
    last_row: int

    @property
    def cells(self) -> int:
        return (self.last_column - self.first_column + 1) * (self.last_row - self.first_row + 1)


@dataclass(frozen=True)
class Grid:
    """`geohash` of 1 to 12 characters, its rows counted from the south; `geotile` of zooms 0 to 29, from the north."""

    kind: Kind
    precision: int

    @property
    def columns(self) -> int:
        return 1 << (self.precision if self.kind == "geotile" else (5 * self.precision + 1) // 2)

    @property
    def rows(self) -> int:
        return 1 << (self.precision if self.kind == "geotile" else 5 * self.precision // 2)

    def column_at(self, longitude: float) -> float:
        """Return the column of a longitude, with its fraction."""
        return (longitude + 180) / 360 * self.columns

    def row_at(self, latitude: float) -> float:
        if self.kind == "geohash":
            return (latitude + 90) / 180 * self.rows
        within = min(max(latitude, -MERCATOR_LATITUDE), MERCATOR_LATITUDE)
        return (1 - math.asinh(math.tan(within * math.pi / 180)) / math.pi) / 2 * self.rows

    def longitude_of(self, column: int) -> float:
        return column * 360 / self.columns - 180

    def latitude_of(self, row: int) -> float:
        """Return the edge before the row. Tiles at the edge reach to the pole, as `row_at` has it."""
        if self.kind == "geohash":
            return row * 180 / self.rows - 90
        if row in {0, self.rows}:
            return -90.0 if row else 90.0
        return math.atan(math.sinh(math.pi * (1 - 2 * row / self.rows))) * 180 / math.pi

    def cell_at(self, longitude: float, latitude: float) -> int:
        """Return the number of the cell: its row times the columns, plus its column."""
        column = _clamped(math.floor(self.column_at(longitude)), self.columns)
        return _clamped(math.floor(self.row_at(latitude)), self.rows) * self.columns + column

    def window(self, west: float, south: float, east: float, north: float) -> Window:
        """Return the cells of a box. One that ends where a cell begins does not reach into it."""
        low, high = (south, north) if self.kind == "geohash" else (north, south)
        return Window(
            *_span(self.column_at(west), self.column_at(east), self.columns),
            *_span(self.row_at(low), self.row_at(high), self.rows),
        )

    def key(self, cell: int) -> str:
        row, column = divmod(cell, self.columns)
        if self.kind == "geotile":
            return f"{self.precision}/{column}/{row}"
        bits = 5 * self.precision
        value = 0
        for position in range(bits):
            # Bits of longitude and latitude take turns, the first being longitude's.
            source, place = (column, (bits + 1) // 2) if position % 2 == 0 else (row, bits // 2)
            value = value << 1 | source >> (place - 1 - position // 2) & 1
        return "".join(BASE32[value >> 5 * place & 31] for place in reversed(range(self.precision)))


def _clamped(position: int, count: int) -> int:
    return min(max(position, 0), count - 1)


def _span(start: float, end: float, count: int) -> tuple[int, int]:
    first = _clamped(math.floor(start), count)
    return first, max(first, _clamped(math.ceil(end) - 1, count))


def centroid_cell(wkb: bytes | None, kind: Kind, precision: int) -> int | None:
    """Return the number of the cell of a geometry's middle."""
    geometry = shapely.from_wkb(wkb)
    if geometry is None or geometry.is_empty:
        return None
    west, _, east, _ = geometry.bounds
    point = geometry.representative_point() if east - west > HALF_WORLD else geometry.centroid
    return Grid(kind, precision).cell_at(point.x, point.y)


def geometry_cells(wkb: bytes | None, kind: Kind, precision: int, windows: str) -> str | None:
    """Return the numbers of the cells that a geometry meets, of those in the windows (lists of four, as JSON)."""
    geometry, grid = shapely.from_wkb(wkb), Grid(kind, precision)
    if geometry is None or geometry.is_empty:
        return None
    shapely.prepare(geometry)
    around = grid.window(*geometry.bounds)
    cells = sorted({cell for window in orjson.loads(windows) for cell in _met(geometry, grid, around, Window(*window))})
    return " ".join(map(str, cells)) or None


def _met(geometry: shapely.Geometry, grid: Grid, around: Window, window: Window) -> Iterator[int]:
    columns = range(max(around.first_column, window.first_column), min(around.last_column, window.last_column) + 1)
    longitudes = [(grid.longitude_of(column), grid.longitude_of(column + 1)) for column in columns]
    for row in range(max(around.first_row, window.first_row), min(around.last_row, window.last_row) + 1):
        south, north = sorted((grid.latitude_of(row), grid.latitude_of(row + 1)))
        for column, (west, east) in zip(columns, longitudes, strict=True):
            if around.cells == 1 or shapely.intersects(geometry, shapely.box(west, south, east, north)):
                yield row * grid.columns + column
