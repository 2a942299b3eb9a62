"""Judges of tiles that approximate nothing: each output pixel at its own position, by GDAL's transformer.

Without resampling it has to be the source pixel that the position falls into. With bilinear resampling its value is
that of a triangle about the position, as wide as the output pixel where that is larger than a source pixel: the formula
that GDAL's warper and its decimation have, without the shortcuts of either. Which overview was read is found by trying.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from osgeo import gdal

from tiles.geo.grids import TileArea, web_mercator
from tiles.sampling.resampling import map_every_pixel
from tiles.sources.raster import RasterSource

# Source pixels in one output pixel, at most: a triangle of more takes seconds, and no tile reads such a level.
WIDEST = 8.0
# Pixels of a level that are read at most.
MOST_PIXELS = 64 * 2**20

Floats = npt.NDArray[np.float64]
Tile = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Level:
    """What a tile can show of one overview (0: the image itself).

    ``pixels``: (bands, rows, columns), complex ones by their amplitude. ``weight``: 0-1, of alpha, masks and nodata.
    ``columns``, ``rows``: where in them each output pixel's centre lies (0, 0: the outer corner of the first), NaN:
    nowhere. ``ratio``: columns and rows in one output pixel. ``size``: of the whole level; ``corner``: where in it
    ``pixels`` begin.
    """

    number: int
    pixels: np.ndarray
    weight: Floats
    columns: Floats
    rows: Floats
    ratio: tuple[float, float]
    size: tuple[int, int]
    corner: tuple[int, int]

    @property
    def inside(self) -> npt.NDArray[np.bool_]:
        left, top = self.corner
        x, y = self.columns + left, self.rows + top
        # Comparisons with NaN are false.
        return np.asarray((x >= 0) & (x <= self.size[0]) & (y >= 0) & (y <= self.size[1]))

    def pick(self, array: np.ndarray, columns: Floats, rows: Floats) -> np.ndarray:
        """Return the pixels that positions fall into, those at the edge for positions beyond it."""
        x = np.clip(np.floor(np.nan_to_num(columns)).astype(int), 0, array.shape[-1] - 1)
        y = np.clip(np.floor(np.nan_to_num(rows)).astype(int), 0, array.shape[-2] - 1)
        return np.asarray(array[..., y, x])


def levels(source: RasterSource, area: TileArea, bands: tuple[int, ...]) -> Iterator[Level]:
    """Those of the image that a tile might be made of."""
    found = map_every_pixel(source.reference(web_mercator()), area)
    columns, rows = found.columns, found.rows
    if source.reference(web_mercator()).period_pixels:
        columns = np.mod(columns, source.reference(web_mercator()).period_pixels)
    if not (np.isfinite(columns) & np.isfinite(rows)).any():
        return
    for number, (width, height) in enumerate(source.level_sizes):
        factors = source.width / width, source.height / height
        ratio = found.scale[0] / factors[0], found.scale[1] / factors[1]
        if max(ratio) > WIDEST:
            continue
        level = _read(source, number, bands, (columns / factors[0], rows / factors[1]), ratio)
        if level is not None:
            yield level


def _read(
    source: RasterSource, number: int, bands: tuple[int, ...], place: tuple[Floats, Floats], ratio: tuple[float, float]
) -> Level | None:
    size = source.level_sizes[number]
    margin = int(max(ratio)) + 3
    spans = []
    for positions, length in zip(place, size, strict=True):
        first, last = int(np.nanmin(positions)) - margin, int(np.nanmax(positions)) + margin + 1
        spans.append((max(0, first), min(length, last)))
    (left, right), (top, bottom) = spans
    if right <= left or bottom <= top or (right - left) * (bottom - top) > MOST_PIXELS:
        return None
    window = left, top, right - left, bottom - top
    read = [source.level_band(band, number) for band in bands]
    pixels = np.stack([np.abs(band.ReadAsArray(*window)) if source.band(one).is_complex else band.ReadAsArray(*window)
                       for one, band in zip(bands, read, strict=True)])  # fmt: skip
    weight = np.max([_weight(band, found, window) for band, found in zip(read, pixels, strict=True)], axis=0)
    return Level(number, pixels, weight, place[0] - left, place[1] - top, ratio, size, (left, top))


def _weight(band: Any, pixels: np.ndarray, window: tuple[int, int, int, int]) -> Floats:
    """0-1; a pixel is missing where all bands are. GDAL's masks of complex bands look at the real part only."""
    if gdal.DataTypeIsComplex(band.DataType):
        nodata = band.GetNoDataValue()
        shown = np.ones(pixels.shape) if nodata is None else (pixels != nodata).astype(np.float64)
    else:
        shown = band.GetMaskBand().ReadAsArray(*window) / 255.0
    return np.where(np.isfinite(pixels.astype(np.float64)), shown, 0.0)


def picked(level: Level) -> Tile:
    """Values (bands, rows, columns) and mask without resampling."""
    mask = level.inside & (level.pick(level.weight, level.columns, level.rows) > 0)
    return level.pick(level.pixels, level.columns, level.rows), mask.astype(np.uint8)


def blended(level: Level) -> Tile:
    """Values and mask with bilinear resampling: what is missing takes no part, and what is at its place decides."""
    weight = np.where(level.weight > 0, level.weight, 0)
    values = np.where(level.weight > 0, np.nan_to_num(level.pixels.astype(np.float64)), 0) * weight
    across, down = (max(1.0, one) for one in level.ratio)
    total = np.zeros((len(values), *level.columns.shape))
    share = np.zeros(level.columns.shape)
    # Centres of pixels lie at halves.
    x, y = np.nan_to_num(level.columns) - 0.5, np.nan_to_num(level.rows) - 0.5
    for i in range(-int(across), int(across) + 2):
        column = np.floor(x) + i
        x_share = np.maximum(0, 1 - np.abs(column - x) / across)
        for j in range(-int(down), int(down) + 2):
            row = np.floor(y) + j
            both = x_share * np.maximum(0, 1 - np.abs(row - y) / down)
            total += both * level.pick(values, column, row)
            share += both * level.pick(weight, column, row)
    return total / np.maximum(share, 1e-9), picked(level)[1]


def share_at_place(level: Level, tile: Tile, *, slack: float, off: float = 0.0) -> float:
    """Percent of the tile's valid pixels that are the level's at their places, or ``slack`` pixels from there.

    ``off``: by how much a value may differ.
    """
    values, mask = tile
    seen = (mask > 0) & level.inside
    if not seen.any():
        return 100.0 if not (mask > 0).any() else 0.0
    right = np.zeros(mask.shape, bool)
    steps = (-slack, 0.0, slack)
    for dx in steps:
        for dy in steps:
            there = level.pick(level.pixels, level.columns + dx, level.rows + dy)
            right |= np.isclose(there, values, atol=max(off, 1e-8), equal_nan=True).all(axis=0)
    return 100 * float(right[seen].mean())
