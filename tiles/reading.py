"""Reads the window of an image that a tile shows, from the right overview, and which of its pixels are valid."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from osgeo import gdal

from .deadline import check_deadline
from .drivers import explain_failure
from .errors import TooLarge
from .mapping import PixelMap
from .raster import RasterSource

Pixels = npt.NDArray[Any]
Mask = npt.NDArray[np.uint8]

# Extra pixels around a window, for kernels that look at neighbours.
MARGIN = 3
# An overview may be coarser than the output by this factor: less than anyone sees, and a quarter of the work.
COARSER = 1.1
# Pixels in one output pixel beyond which they are averaged rather than picked.
AVERAGE_ABOVE = 1.6

# Pixels that are read at a time.
PIECE_PIXELS = 4 * 2**20
# What OpenCV resizes, remaps and merges; other types become float32.
RESIZABLE = (np.uint8, np.uint16, np.int16, np.float32, np.float64)

_NUMPY_TYPES = {
    gdal.GDT_Byte: np.uint8,
    gdal.GDT_UInt16: np.uint16,
    gdal.GDT_Int16: np.int16,
    gdal.GDT_UInt32: np.uint32,
    gdal.GDT_Int32: np.int32,
    gdal.GDT_Float32: np.float32,
    gdal.GDT_Float64: np.float64,
}


@dataclass(frozen=True, slots=True)
class Window:
    """Pixels read from one level: (rows, columns, bands), validity (0-255; None: all valid) and their place.

    A full-resolution column ``c`` lies at ``c * x[0] + x[1]`` of this window's columns, counted from the outer edge
    of its first; rows likewise by ``y``. ``scale``: window pixels in one output pixel.
    """

    pixels: Pixels
    valid: Mask | None
    x: tuple[float, float]
    y: tuple[float, float]
    scale: float


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """What to read: bands (from 1), the nodata value that overrides the file's, whether masks count.

    ``strict``: a pixel is missing when any of its bands is, as arithmetic needs; else when all of them are.
    """

    indexes: tuple[int, ...]
    nodata: float | None = None
    masked: bool = True
    averaging: bool = True
    strict: bool = False
    max_pixels: int = 64 * 2**20


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
    ratio = min(found.scale[0] / factor_x, found.scale[1] / factor_y)
    pixels, valid = _read(source, (left, top, width, height), level, plan, ratio=ratio)
    buffer_height, buffer_width = pixels.shape[:2]
    zoom_x, zoom_y = buffer_width / width, buffer_height / height
    return Window(
        pixels,
        valid,
        (zoom_x / factor_x, -left * zoom_x),
        (zoom_y / factor_y, -top * zoom_y),
        ratio * min(zoom_x, zoom_y),
    )


def _extent(positions: npt.NDArray[np.float64], size: int) -> tuple[int, int] | None:
    """First pixel and count along one axis, clipped to the image; None when nothing of it is seen."""
    first, last = np.nanmin(positions), np.nanmax(positions)
    if last < 0 or first > size:
        return None
    start = max(0, math.floor(first) - MARGIN)
    return start, max(1, min(size, math.ceil(last) + MARGIN) - start)


def _read(
    source: RasterSource, window: tuple[int, int, int, int], level: int, plan: ReadPlan, *, ratio: float
) -> tuple[Pixels, Mask | None]:
    _, _, width, height = window
    # Far too many pixels: leave most of them out while reading, the rest is averaged below.
    excess = math.sqrt(max(1.0, width * height * len(plan.indexes) / plan.max_pixels))
    coarse = max(excess, 1.0 if plan.averaging else ratio)
    size = (max(1, round(width / coarse)), max(1, round(height / coarse)))
    try:
        bands = [_read_band(source.level_band(index, level), window, size) for index in plan.indexes]
        pixels = stack(bands)
        valid = _validity(source, pixels, window=window, size=size, level=level, plan=plan) if plan.masked else None
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    ratio /= coarse
    if plan.averaging and ratio > AVERAGE_ABOVE:
        return average(pixels, valid, ratio)
    return pixels, valid


def stack(bands: list[Pixels]) -> Pixels:
    """Bands side by side, (rows, columns, bands)."""
    if len(bands) == 1:
        return bands[0][:, :, None]
    alike = len({band.dtype for band in bands}) == 1 and bands[0].dtype in RESIZABLE
    return np.asarray(cv2.merge(bands)) if alike else np.dstack(bands)


def _read_band(band: Any, window: tuple[int, int, int, int], size: tuple[int, int]) -> Pixels:
    """One band's window, decimated to ``size``; a large one piece by piece, so that a deadline is noticed."""
    left, top, width, height = window
    pieces = min(size[1], math.ceil(width * height / PIECE_PIXELS))
    if pieces <= 1:
        check_deadline()
        return _read_piece(band, window, size)
    edges = [round(size[1] * i / pieces) for i in range(pieces + 1)]
    found = []
    for first, last in pairwise(edges):
        check_deadline()
        start, end = round(height * first / size[1]), round(height * last / size[1])
        found.append(_read_piece(band, (left, top + start, width, end - start), (size[0], last - first)))
    return np.concatenate(found)


def _read_piece(band: Any, window: tuple[int, int, int, int], size: tuple[int, int]) -> Pixels:
    data_type = _NUMPY_TYPES.get(band.DataType)
    if data_type is None:
        # Complex numbers show their amplitude.
        values: Pixels = band.ReadAsArray(*window, buf_xsize=size[0], buf_ysize=size[1])
        return np.abs(values).astype(np.float32)
    raw = band.ReadRaster(*window, buf_xsize=size[0], buf_ysize=size[1])
    return np.frombuffer(raw, dtype=data_type).reshape(size[1], size[0])


def _validity(
    source: RasterSource, pixels: Pixels, *, window: Any, size: tuple[int, int], level: int, plan: ReadPlan
) -> Mask | None:
    """0-255 a pixel: nodata values, NaN, the alpha band and the file's mask, whichever says least."""
    valid = _differs_from_nodata(source, pixels, plan)
    if source.alpha_band and plan.nodata is None:
        valid = _weaker(valid, _read_band(source.level_band(source.alpha_band, level), window, size))
    elif source.has_mask and plan.nodata is None:
        mask = source.level_band(1, level).GetMaskBand()
        valid = _weaker(valid, _read_band(mask, window, size))
    if valid is None:
        return None
    # Copied, so that no view of GDAL's buffer outlives it and OpenCV may write.
    valid = np.ascontiguousarray(valid, dtype=np.uint8)
    return None if cv2.countNonZero(cv2.compare(valid, 255, cv2.CMP_NE)) == 0 else valid


def _weaker(valid: Mask | None, other: Mask) -> Mask:
    if other.dtype != np.uint8:
        other = (other > 0).astype(np.uint8) * np.uint8(255)
    return other if valid is None else np.minimum(valid, other)


def _differs_from_nodata(source: RasterSource, pixels: Pixels, plan: ReadPlan) -> Mask | None:
    """A pixel is missing when all of its bands have their nodata value, or are NaN."""
    shared = _shared_nodata(source, pixels, plan)
    if shared is not None:
        missing_everywhere = cv2.inRange(pixels, shared, shared)
        return np.asarray(cv2.bitwise_not(missing_everywhere)) if cv2.countNonZero(missing_everywhere) else None
    missing = None
    for position, index in enumerate(plan.indexes):
        values = pixels[:, :, position]
        nodata = plan.nodata if plan.nodata is not None else source.band(index).nodata
        here = np.isnan(values) if values.dtype.kind == "f" else None
        if nodata is not None and math.isfinite(nodata) and fits(nodata, values.dtype):
            equal = values == values.dtype.type(nodata)
            here = equal if here is None else here | equal
        if plan.strict:
            missing = here if missing is None else missing if here is None else missing | here
            continue
        if here is None:
            return None
        missing = here if missing is None else missing & here
    return None if missing is None else np.where(missing, np.uint8(0), np.uint8(255))


def _shared_nodata(source: RasterSource, pixels: Pixels, plan: ReadPlan) -> tuple[float, ...] | None:
    """The nodata value once a band, if all bands have the same, and it is one that OpenCV compares at once."""
    values = {source.band(index).nodata if plan.nodata is None else plan.nodata for index in plan.indexes}
    several = len(plan.indexes) > 1 and plan.strict
    if len(values) != 1 or several or len(plan.indexes) > 4 or pixels.dtype not in (np.uint8, np.uint16, np.int16):
        return None
    value = values.pop()
    if value is None or not math.isfinite(value) or not fits(value, pixels.dtype):
        return None
    return (value,) * len(plan.indexes)


def fits(value: float, data_type: np.dtype[Any]) -> bool:
    """Whether a nodata value can occur in an array of this type: -9999 can't among bytes."""
    if data_type.kind == "f":
        return True
    bounds = np.iinfo(data_type)
    return bool(bounds.min <= value <= bounds.max and value == int(value))


def average(pixels: Pixels, valid: Mask | None, ratio: float) -> tuple[Pixels, Mask | None]:
    """Shrink by ``ratio``: each pixel becomes the mean of the valid ones that it covers."""
    height, width = pixels.shape[:2]
    size = (max(1, round(width / ratio)), max(1, round(height / ratio)))
    if valid is None:
        return _shrink(pixels if pixels.dtype in RESIZABLE else pixels.astype(np.float32), size), None
    weight = valid.astype(np.float32) / 255
    values = np.where(valid[:, :, None] > 0, pixels, 0).astype(np.float32)
    shrunk_weight = _shrink(weight[:, :, None], size)
    shrunk = _shrink(values * weight[:, :, None], size) / np.maximum(shrunk_weight, 1e-6)
    return cast_like(shrunk, pixels.dtype), np.rint(shrunk_weight[:, :, 0] * 255).astype(np.uint8)


def _shrink(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    count = pixels.shape[2]
    # OpenCV resizes at most four channels at once.
    parts = [
        cv2.resize(np.ascontiguousarray(pixels[:, :, i : i + 4]), size, interpolation=cv2.INTER_AREA)
        for i in range(0, count, 4)
    ]
    return np.dstack(parts)


def cast_like(values: Pixels, data_type: np.dtype[Any]) -> Pixels:
    """Back to a type that OpenCV handles, rounded and clipped for integers."""
    if data_type.kind == "f" or data_type not in RESIZABLE:
        return values
    bounds = np.iinfo(data_type)
    return np.clip(np.rint(values), bounds.min, bounds.max).astype(data_type)
