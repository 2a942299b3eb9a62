"""Read the window of an image that a tile shows, from the right overview, and tell which of its pixels are valid."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from operator import attrgetter
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tiles.errors import TooLarge
from tiles.limits import check_deadline
from tiles.sampling.pixels import Mask, Pixels, ReadRequest, Window, cast_like, in_floats, weigh
from tiles.sampling.resampling import PixelMap
from tiles.sources.drivers import explain_failure
from tiles.sources.raster import COMPLEX_TYPES, RasterSource
from tiles.sources.validity import as_type, missing_mask, own_nodata, read_level, weaker

# Pixels that are read at a time.
PIECE_PIXELS = 4 * 2**20

# Left, top, width, height in pixels of the band's level.
Box = tuple[int, int, int, int]
# Extra pixels around a window, for kernels that look at neighbours.
MARGIN = 3
# Pixels of a window's longer side at most: OpenCV counts them in 16 bits when it remaps.
LONGEST_SIDE = 2**15 - 2
# An overview may be coarser than the output by this factor: what a map's own zoom levels are out by.
COARSER = 1.01
# Window pixels in one output pixel from which neighbours are weighed in.
SMOOTH_ABOVE = 1.2
# The same from which they are averaged first, in whole groups: wide kernels take long.
AVERAGE_ABOVE = 4.0
Bands = tuple[Pixels, ...]


def read_band(band: Any, kind: np.dtype[Any], *, window: Box, size: tuple[int, int]) -> Pixels:
    """Read a band's window decimated to ``size``; a large one piece by piece, so that a deadline is noticed.

    ``kind``: the type that the band's values are read as.
    """
    left, top, width, height = window
    pieces = min(size[1], math.ceil(width * height / PIECE_PIXELS))
    if pieces <= 1:
        check_deadline()
        return _read_piece(band, window, size, kind)
    edges = [round(size[1] * i / pieces) for i in range(pieces + 1)]
    found = []
    for first, last in pairwise(edges):
        check_deadline()
        start, end = round(height * first / size[1]), round(height * last / size[1])
        found.append(_read_piece(band, (left, top + start, width, end - start), (size[0], last - first), kind))
    return np.concatenate(found)


def _read_piece(band: Any, window: Box, size: tuple[int, int], kind: np.dtype[Any]) -> Pixels:
    if band.DataType in COMPLEX_TYPES:
        return as_type(band.ReadAsArray(*window, buf_xsize=size[0], buf_ysize=size[1]), kind)
    raw = band.ReadRaster(*window, buf_xsize=size[0], buf_ysize=size[1])
    return np.frombuffer(raw, dtype=kind).reshape(size[1], size[0])


def choose_level(source: RasterSource, scale: float) -> int:
    """Return the index of the coarsest level as fine as ``scale`` full-resolution pixels in one output pixel."""
    best, best_factor = 0, 1.0
    for level, (width, height) in enumerate(source.level_sizes):
        if not width or not height:
            continue
        factor = min(source.width / width, source.height / height)
        if best_factor < factor <= scale * COARSER:
            best, best_factor = level, factor
    return best


def read_window(source: RasterSource, found: PixelMap, wanted: ReadRequest, *, margin: int = MARGIN) -> Window | None:
    """Read the pixels that ``found`` points at; None when it points outside the image.

    ``margin``: pixels around them that kernels look at.

    Raises SourceCorrupt, SourceUnreachable, TooLarge.
    """
    level = choose_level(source, min(found.scale))
    level_width, level_height = source.level_sizes[level]
    factor_x, factor_y = source.width / level_width, source.height / level_height
    columns = _extent(found.columns / factor_x, level_width, margin)
    rows = _extent(found.rows / factor_y, level_height, margin)
    if columns is None or rows is None:
        return None
    left, width = columns
    top, height = rows
    if width * height * len(wanted.indexes) > wanted.max_pixels * 16:
        raise TooLarge(f"A tile here would read {width} x {height} pixels: the image has no overviews for this zoom")
    ratio = (found.scale[0] / factor_x, found.scale[1] / factor_y)
    bands, valid = _read(source, (left, top, width, height), level, wanted, ratio=ratio)
    buffer_height, buffer_width = bands[0].shape
    zoom_x, zoom_y = buffer_width / width, buffer_height / height
    return Window(
        bands,
        valid,
        (zoom_x / factor_x, -left * zoom_x),
        (zoom_y / factor_y, -top * zoom_y),
    )


def _extent(positions: npt.NDArray[np.float64], size: int, margin: int) -> tuple[int, int] | None:
    """Return first pixel and count along one axis, clipped to the image; None when nothing of it is seen."""
    first, last = float(positions.min()), float(positions.max())
    if math.isnan(first):
        first, last = float(np.nanmin(positions)), float(np.nanmax(positions))
    if last < 0 or first > size:
        return None
    start = max(0, math.floor(first) - margin)
    return start, max(1, min(size, math.ceil(last) + margin) - start)


def _read(
    source: RasterSource, window: Box, level: int, wanted: ReadRequest, *, ratio: tuple[float, float]
) -> tuple[tuple[Pixels, ...], Mask | None]:
    _, _, width, height = window
    # Far too many pixels: leave most of them out while reading, the rest is averaged below. Never without need:
    # a pixel picked from picked pixels is not the one that lies at its place.
    coarse = math.sqrt(max(1.0, width * height * len(wanted.indexes) / wanted.max_pixels))
    size = (max(1, min(LONGEST_SIDE, round(width / coarse))), max(1, min(LONGEST_SIDE, round(height / coarse))))
    try:
        levels = map(partial(source.level_band, level=level), wanted.indexes)
        kinds = map(attrgetter("dtype"), map(source.band, wanted.indexes))
        bands = tuple(map(partial(read_band, window=window, size=size), levels, kinds))
        valid = validity(source, bands, wanted, window=window, size=size, level=level) if wanted.masked else None
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    ratio = (ratio[0] * size[0] / width, ratio[1] * size[1] / height)
    return smooth(bands, valid, ratio) if wanted.averaging and max(ratio) > SMOOTH_ABOVE else (bands, valid)


def validity(
    source: RasterSource,
    bands: Sequence[Pixels],
    wanted: ReadRequest,
    *,
    window: Box,
    size: tuple[int, int],
    level: int,
) -> Mask | None:
    """Return 0-255 a pixel, whichever of nodata, alpha and the file's mask says least; None: all are valid."""
    missing = _missing_somewhere(source, bands, wanted)
    valid = None if missing is None else np.asarray(cv2.bitwise_not(missing), dtype=np.uint8)
    if wanted.nodata is None and source.validity.hides:
        valid = weaker(valid, source.validity.opacity(read_level(window, size, source.level_sizes[level])))
    if valid is None:
        return None
    # Copied, so that no view of GDAL's buffer outlives it and OpenCV may write.
    valid = np.ascontiguousarray(valid, dtype=np.uint8)
    return None if missing is None and valid.min() == 255 else valid


def _missing_somewhere(source: RasterSource, bands: Sequence[Pixels], wanted: ReadRequest) -> Mask | None:
    """Return 255 where all bands have nothing, or any in a strict request; None: nowhere."""
    masks = [_missing(source, index, values, wanted) for values, index in zip(bands, wanted.indexes, strict=True)]
    known = [mask for mask in masks if mask is not None]
    if wanted.strict:
        return np.asarray(np.bitwise_or.reduce(known)) if known else None
    if len(known) == len(masks):
        return np.asarray(np.bitwise_and.reduce(known))
    # A band may have gaps of its own, which are weighed out where others are not.
    has_gaps = any(mask is not None and band.dtype.kind == "f" for mask, band in zip(masks, bands, strict=True))
    return np.zeros_like(known[0]) if has_gaps else None


def _missing(source: RasterSource, index: int, values: Pixels, wanted: ReadRequest) -> Mask | None:
    nodata = source.band(index).nodata if wanted.nodata is None else own_nodata(wanted.nodata, values.dtype)
    return missing_mask(values, nodata)


def smooth(bands: Bands, valid: Mask | None, ratio: tuple[float, float]) -> tuple[Bands, Mask | None]:
    """Prepare a window for sampling at every ``ratio``-th column and row; it may come back smaller.

    Formula: GDAL's warper widens the bilinear kernel, a triangle, by the ratio; so do we, where many pixels make up
    one after averaging them to between two and four.
    """
    groups = (1, 1)
    if max(ratio) > AVERAGE_ABOVE:
        across, down = (max(1, int(one // 2)) if one > AVERAGE_ABOVE else 1 for one in ratio)
        groups = (across, down)
        bands, valid = _average(bands, valid, groups)
    right, below = _triangle(ratio[0] / groups[0]), _triangle(ratio[1] / groups[1])
    if right.size == below.size == 1:
        return bands, valid
    kernels = {"ddepth": -1, "kernelX": right, "kernelY": below, "borderType": cv2.BORDER_REPLICATE}
    return _weighed(bands, valid, partial(cv2.sepFilter2D, **kernels))


def _average(bands: Bands, valid: Mask | None, groups: tuple[int, ...]) -> tuple[Bands, Mask | None]:
    height, width = bands[0].shape
    size = max(1, width // groups[0]), max(1, height // groups[1])

    def shrink(band: Pixels) -> Pixels:
        return np.asarray(cv2.resize(band, size, interpolation=cv2.INTER_AREA))

    shrunk, _ = _weighed(bands, valid, shrink)
    return shrunk, None if valid is None else shrink(valid)


def _weighed(
    bands: Sequence[Pixels], valid: Mask | None, work: Callable[[Pixels], Pixels]
) -> tuple[Bands, Mask | None]:
    """Apply ``work`` to the valid pixels only: what isn't valid must not bleed into its neighbours."""
    if valid is None:
        return tuple(map(partial(_as_float, work=work), bands)), None
    weight = valid.astype(np.float32) / 255
    divisor = np.maximum(work(weight), 1e-6)
    return tuple(weigh(band, valid, weight, divisor, work) for band in bands), valid


def _as_float(band: Pixels, *, work: Callable[[Pixels], Pixels]) -> Pixels:
    """Apply ``work`` to bytes and single precision as they are; OpenCV takes ten times as long for types between."""
    if band.dtype in (np.uint8, np.float32):
        return np.asarray(work(band))
    floats, base = in_floats(band)
    return cast_like(work(floats), band.dtype, base)


@lru_cache(maxsize=256)
def _triangle(ratio: float) -> npt.NDArray[np.float32]:
    """Make a kernel that, with the bilinear sampling after it, varies like a triangle ``ratio`` wide to each side.

    Formula: that of a triangle is ratio² / 6, of which bilinear sampling is 1 / 6. A triangle of whole width n, taken
    at whole places, has (n² - 1) / 6; for widths between, the two nearest are mixed.
    """
    if ratio <= SMOOTH_ABOVE:
        return np.ones(1, np.float32)
    narrow = int(ratio)
    share = (ratio**2 - narrow**2) / (2 * narrow + 1)
    reach = math.ceil(ratio) - 1
    places = np.abs(np.arange(-reach, reach + 1))
    lower, upper = np.maximum(0, 1 - places / narrow) / narrow, np.maximum(0, 1 - places / (narrow + 1)) / (narrow + 1)
    return np.asarray((1 - share) * lower + share * upper, dtype=np.float32)
