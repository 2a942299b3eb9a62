"""Reads the window of an image that a tile shows, from the right overview."""

import math

import numpy as np
import numpy.typing as npt

from tiles.errors import TooLarge
from tiles.sampling.band_reading import Box, read_band
from tiles.sampling.mapping import PixelMap
from tiles.sampling.pixels import Mask, Pixels
from tiles.sampling.shrinking import smooth
from tiles.sampling.validity import validity
from tiles.sampling.windows import ReadPlan, Window
from tiles.sources.drivers import explain_failure
from tiles.sources.raster import RasterSource

# Extra pixels around a window, for kernels that look at neighbours.
MARGIN = 3
# Pixels of a window's longer side at most: OpenCV counts them in 16 bits when it remaps.
LONGEST_SIDE = 2**15 - 2
# An overview may be coarser than the output by this factor: what a map's own zoom levels are out by.
COARSER = 1.01


def choose_level(source: RasterSource, scale: float) -> int:
    """The index of the coarsest level as fine as ``scale`` full-resolution pixels in one output pixel."""
    best, best_factor = 0, 1.0
    for level, (width, height) in enumerate(source.level_sizes):
        if not width or not height:
            continue
        factor = min(source.width / width, source.height / height)
        if best_factor < factor <= scale * COARSER:
            best, best_factor = level, factor
    return best


def read_window(source: RasterSource, found: PixelMap, plan: ReadPlan) -> Window | None:
    """The pixels that ``found`` points at; None when it points outside the image.

    Raises SourceCorrupt, SourceUnreachable, TooLarge.
    """
    level = choose_level(source, min(found.scale))
    level_width, level_height = source.level_sizes[level]
    factor_x, factor_y = source.width / level_width, source.height / level_height
    columns = _extent(found.columns / factor_x, level_width)
    rows = _extent(found.rows / factor_y, level_height)
    if columns is None or rows is None:
        return None
    left, width = columns
    top, height = rows
    if width * height * len(plan.indexes) > plan.max_pixels * 16:
        raise TooLarge(f"A tile here would read {width} x {height} pixels: the image has no overviews for this zoom")
    ratio = (found.scale[0] / factor_x, found.scale[1] / factor_y)
    bands, valid = _read(source, (left, top, width, height), level, plan, ratio=ratio)
    buffer_height, buffer_width = bands[0].shape
    zoom_x, zoom_y = buffer_width / width, buffer_height / height
    return Window(
        bands,
        valid,
        (zoom_x / factor_x, -left * zoom_x),
        (zoom_y / factor_y, -top * zoom_y),
    )


def _extent(positions: npt.NDArray[np.float64], size: int) -> tuple[int, int] | None:
    """First pixel and count along one axis, clipped to the image; None when nothing of it is seen."""
    first, last = _range(positions)
    if last < 0 or first > size:
        return None
    start = max(0, math.floor(first) - MARGIN)
    return start, max(1, min(size, math.ceil(last) + MARGIN) - start)


def _range(positions: npt.NDArray[np.float64]) -> tuple[float, float]:
    first, last = float(positions.min()), float(positions.max())
    return (first, last) if first == first else (float(np.nanmin(positions)), float(np.nanmax(positions)))  # noqa: PLR0124 -- NaN


def _read(
    source: RasterSource, window: Box, level: int, plan: ReadPlan, *, ratio: tuple[float, float]
) -> tuple[tuple[Pixels, ...], Mask | None]:
    _, _, width, height = window
    # Far too many pixels: leave most of them out while reading, the rest is averaged below. Never without need:
    # a pixel picked from picked pixels is not the one that lies at its place.
    coarse = math.sqrt(max(1.0, width * height * len(plan.indexes) / plan.max_pixels))
    size = (_side(width / coarse), _side(height / coarse))
    try:
        bands = tuple(read_band(source.level_band(index, level), window, size) for index in plan.indexes)
        valid = validity(source, bands, plan, window=window, size=size, level=level) if plan.masked else None
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    if not plan.averaging:
        return bands, valid
    return smooth(bands, valid, (ratio[0] * size[0] / width, ratio[1] * size[1] / height))


def _side(pixels: float) -> int:
    return max(1, min(LONGEST_SIDE, round(pixels)))
