"""Which pixels of a window are valid: nodata values, NaN, alpha bands and masks."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from tiles.sampling.band_reading import Box, read_band
from tiles.sampling.pixels import Mask, Pixels, fits
from tiles.sampling.windows import ReadPlan
from tiles.sources.raster import RasterSource

# What OpenCV compares with a number at once.
COMPARABLE = (np.uint8, np.uint16, np.int16)


def validity(
    source: RasterSource, bands: Sequence[Pixels], plan: ReadPlan, *, window: Box, size: tuple[int, int], level: int
) -> Mask | None:
    """0-255 a pixel, whichever of nodata, alpha band and the file's mask says least; None: all are valid."""
    missing = _missing_somewhere(source, bands, plan)
    valid = None if missing is None else np.asarray(cv2.bitwise_not(missing), dtype=np.uint8)
    if source.alpha_band and plan.nodata is None:
        valid = _weaker(valid, read_band(source.level_band(source.alpha_band, level), window, size))
    elif source.has_mask and plan.nodata is None:
        valid = _weaker(valid, read_band(source.level_band(1, level).GetMaskBand(), window, size))
    if valid is None:
        return None
    # Copied, so that no view of GDAL's buffer outlives it and OpenCV may write.
    valid = np.ascontiguousarray(valid, dtype=np.uint8)
    return None if valid.min() == 255 else valid


def _weaker(valid: Mask | None, other: Mask) -> Mask:
    if other.dtype == np.uint16:
        # Formula: GDAL's GDALRescaledAlphaBand. What is hardly visible stays visible.
        other = np.maximum(other // 257, other > 0).astype(np.uint8)
    elif other.dtype != np.uint8:
        other = (other > 0).astype(np.uint8) * np.uint8(255)
    return other if valid is None else np.minimum(valid, other)


def _missing_somewhere(source: RasterSource, bands: Sequence[Pixels], plan: ReadPlan) -> Mask | None:
    """255 where all bands (any, if the plan is strict) have their nodata value or are NaN; None: nowhere."""
    found: Mask | None = None
    for values, index in zip(bands, plan.indexes, strict=True):
        here = _missing(values, source.band(index).nodata if plan.nodata is None else plan.nodata)
        if here is None and not plan.strict:
            return None
        if found is None or here is None:
            found = here if found is None else found
        else:
            found = np.asarray(cv2.bitwise_or(found, here) if plan.strict else cv2.bitwise_and(found, here))
    return found


def _missing(values: Pixels, nodata: float | None) -> Mask | None:
    """255 where a band has no value; None: it has one everywhere."""
    is_number = nodata is not None and math.isfinite(nodata) and fits(nodata, values.dtype)
    if values.dtype in COMPARABLE:
        found = np.asarray(cv2.inRange(values, nodata, nodata)) if is_number else None
    elif values.dtype.kind == "f":
        found = np.isnan(values).view(np.uint8) * np.uint8(255)
        if is_number:
            found |= (values == values.dtype.type(nodata)).view(np.uint8) * np.uint8(255)
    else:
        found = (values == nodata).view(np.uint8) * np.uint8(255) if is_number else None
    return None if found is None or cv2.countNonZero(found) == 0 else found
