"""Find where tile (z, x, y) of a grid lies, in the units of a coordinate system or in the pixels of an image."""

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tiles.errors import InvalidParameter, OutsideBounds, UnknownName
from tiles.geo import longitudes
from tiles.geo.longitudes import FULL_TURN, find_period

WEB_MERCATOR = "WebMercatorQuad"
PIXELS = "pixels"
# Half the circumference of the sphere that EPSG:3857 calculates with, in metres.
MERCATOR_EDGE = math.pi * 6378137.0
# Degrees beyond which Web Mercator has no tiles.
MERCATOR_LATITUDE = 85.0511287798066
MAX_ZOOM = 30

Box = longitudes.Box


@dataclass(frozen=True, slots=True)
class Matrix:
    """Hold one zoom level: tiles of ``tile_size`` cells of ``cell_size`` CRS units, from the upper left ``origin``.

    ``coalesced``: (first row, last row, count): near the poles so many tiles beside each other are one.
    """

    cell_size: float
    origin: tuple[float, float]
    columns: int
    rows: int
    tile_size: int = 256
    coalesced: tuple[tuple[int, int, int], ...] = ()

    def width_of(self, row: int) -> int:
        """Return how many columns a tile of this row takes."""
        return next((count for first, last, count in self.coalesced if first <= row <= last), 1)


@dataclass(frozen=True, slots=True)
class Grid:
    """Hold a tile matrix set. ``crs`` is anything PROJ understands; empty for pixel space, where y grows downwards."""

    identifier: str
    crs: str
    matrices: tuple[Matrix, ...]
    # CRS units after which x comes round to the same meridian; 0 if it doesn't.
    period: float = 0.0
    # The number of the first zoom level: some sets count from 1, or from below 0.
    minzoom: int = 0

    @property
    def is_pixels(self) -> bool:
        return not self.crs

    @property
    def maxzoom(self) -> int:
        return self.minzoom + len(self.matrices) - 1

    def matrix(self, z: int) -> Matrix:
        if not 0 <= z - self.minzoom < len(self.matrices):
            raise OutsideBounds(f"Zoom {z} is not within {self.minzoom}-{self.maxzoom} of {self.identifier}")
        return self.matrices[z - self.minzoom]

    def tile(self, z: int, x: int, y: int, *, size: int = 0, buffer: float = 0) -> "TileArea":
        """Return a tile's area as ``size`` x ``size`` output pixels (0: the grid's own) and ``buffer`` more around.

        ``buffer`` is a multiple of a half.
        """
        matrix = self.matrix(z)
        if not (0 <= x < matrix.columns and 0 <= y < matrix.rows):
            raise OutsideBounds(
                f"Tile {z}/{x}/{y} is not within the {matrix.columns} x {matrix.rows} tiles of its zoom"
            )
        span = matrix.cell_size * matrix.tile_size
        columns = matrix.width_of(y) if matrix.coalesced else 1
        west, north = matrix.origin[0] + x // columns * columns * span, matrix.origin[1] - y * span
        pixels = size or matrix.tile_size
        cell = span / pixels
        down = -cell
        if not self.crs:
            # Rows of pixels grow downwards.
            north, down = y * span, cell
        side = pixels + int(2 * buffer)
        across = cell * columns
        return TileArea(west - buffer * across, north - buffer * down, across, down, side, side)


@dataclass(frozen=True, slots=True)
class TileArea:
    """Hold a raster to fill: upper left corner and pixel sizes in CRS units (``dy`` is negative where y grows up)."""

    x0: float
    y0: float
    dx: float
    dy: float
    width: int
    height: int

    @property
    def box(self) -> Box:
        x1, y1 = self.x0 + self.width * self.dx, self.y0 + self.height * self.dy
        return self.x0, min(self.y0, y1), x1, max(self.y0, y1)

    def part(self, column: int, row: int, width: int, height: int) -> "TileArea":
        return replace(self, x0=self.x0 + column * self.dx, y0=self.y0 + row * self.dy, width=width, height=height)


# Longitudes and latitudes in degrees; no tiles of its own.
WGS84 = Grid("WGS84", "OGC:CRS84", (), period=FULL_TURN)


@cache
def web_mercator() -> Grid:
    edge = MERCATOR_EDGE
    matrices = tuple(Matrix(2 * edge / 256 / 2**z, (-edge, edge), 2**z, 2**z) for z in range(MAX_ZOOM + 1))
    return Grid(WEB_MERCATOR, "EPSG:3857", matrices, period=2 * edge)


@cache
def grid(identifier: str) -> Grid:
    """Return the grid of that name: WebMercatorQuad, others of the OGC's registry, those that the site adds."""
    if identifier == WEB_MERCATOR:
        return web_mercator()
    definition = tile_matrix_set(identifier)
    matrices = tuple(_matrix(definition, level) for level in definition.tileMatrices)
    first = int(definition.tileMatrices[0].id)
    crs = definition.crs.to_wkt()
    return Grid(identifier, crs, matrices, period=find_period(crs), minzoom=first)


# What a site adds: documents of the OGC's Two Dimensional Tile Matrix Set by identifier.
_added: dict[str, dict[str, Any]] = {}


def add_tile_matrix_sets(documents: dict[str, dict[str, Any]]) -> None:
    """Make these the tile matrix sets that a site has beside the registry's."""
    if documents != _added:
        _added.clear()
        _added.update(documents)
        grid.cache_clear()
        _registry.cache_clear()


@cache
def _registry() -> Any:
    import morecantile  # noqa: PLC0415 -- takes 0.3 s and most processes never need another grid

    added = {name: morecantile.TileMatrixSet(**{"id": name, **document}) for name, document in _added.items()}
    return morecantile.tms.register(added) if added else morecantile.tms


def tile_matrix_sets() -> list[str]:
    """List the identifiers of all grids."""
    return sorted(_registry().list())


def tile_matrix_set(identifier: str) -> Any:
    """Return the definition of a grid, as morecantile has it. Raises UnknownName."""
    if identifier not in (known := tile_matrix_sets()):
        raise UnknownName(
            identifier, f"No tile matrix set is called {identifier[:64]!r}; known ones: {', '.join(known)}"
        )
    return _registry().get(identifier)


def _matrix(definition: Any, level: Any) -> Matrix:
    square = level.tileWidth == level.tileHeight and level.cornerOfOrigin == "topLeft"
    if not square:
        raise InvalidParameter(f"The tiles of {definition.id} don't form a square grid from the top left")
    origin = definition._matrix_origin(level)  # noqa: SLF001 -- it knows which authority says (north, east)
    return Matrix(
        float(level.cellSize),
        (float(origin.x), float(origin.y)),
        level.matrixWidth,
        level.matrixHeight,
        level.tileWidth,
        tuple((each.minTileRow, each.maxTileRow, each.coalesce) for each in level.variableMatrixWidths or ()),
    )


def pixel_grid(width: int, height: int, *, tile_size: int = 256) -> Grid:
    """Make a grid of an image's pixels: one tile at zoom 0, as many pixels as the image has at the last one."""
    last = max(0, math.ceil(math.log2(max(width, height) / tile_size)))
    matrices = []
    for z in range(last + 1):
        cell = float(2 ** (last - z))
        span = cell * tile_size
        matrices.append(Matrix(cell, (0.0, 0.0), math.ceil(width / span), math.ceil(height / span), tile_size))
    return Grid(PIXELS, "", tuple(matrices))
