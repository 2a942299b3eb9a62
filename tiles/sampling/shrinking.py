"""Smooths pixels where several of them make up one, so that no detail turns into a pattern that isn't there."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from tiles.sampling.pixels import RESIZABLE, Mask, Pixels, cast_like

# Window pixels in one output pixel from which neighbours are weighed in.
SMOOTH_ABOVE = 1.2
# The same from which they are averaged first, in whole groups: wide kernels take long.
AVERAGE_ABOVE = 4.0

Bands = tuple[Pixels, ...]


def smooth(bands: Bands, valid: Mask | None, ratio: tuple[float, float]) -> tuple[Bands, Mask | None]:
    """Prepare a window for sampling at every ``ratio``-th column and row; it may come back smaller.

    Formula: GDAL's warper widens the bilinear kernel, a triangle, by the ratio; so do we, where many pixels make up
    one after averaging them to between two and four.
    """
    groups = tuple(max(1, int(one // 2)) if one > AVERAGE_ABOVE else 1 for one in ratio)
    if max(groups) > 1:
        bands, valid = _average(bands, valid, groups)
    across, down = (_triangle(one / group) for one, group in zip(ratio, groups, strict=True))
    if across.size == down.size == 1:
        return bands, valid
    return _weighed(bands, valid, lambda band: cv2.sepFilter2D(band, -1, across, down, borderType=cv2.BORDER_REPLICATE))


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
    """``work`` on all pixels, or on the valid ones only: what isn't valid must not bleed into its neighbours."""
    if valid is None:
        return tuple(_as_float(band, work) for band in bands), None
    weight = valid.astype(np.float32) / 255
    divisor = np.maximum(work(weight), 1e-6)
    # Invalid values (NaN, or huge) are left out by choice, since nothing times NaN is NaN.
    values = (np.where(valid > 0, band, 0).astype(np.float32) * weight for band in bands)
    return tuple(cast_like(work(one) / divisor, band.dtype) for one, band in zip(values, bands, strict=True)), valid


def _as_float(band: Pixels, work: Callable[[Pixels], Pixels]) -> Pixels:
    """Bytes and floating point as they are; OpenCV takes ten times as long for the types between."""
    if band.dtype in (np.uint8, np.float32, np.float64):
        return np.asarray(work(band))
    return cast_like(work(band.astype(np.float32)), band.dtype if band.dtype in RESIZABLE else np.dtype(np.float32))


@lru_cache(maxsize=256)
def _triangle(ratio: float) -> npt.NDArray[np.float32]:
    """A kernel that, with the bilinear sampling after it, has the variance of a triangle ``ratio`` wide to each side.

    Formula: that of a triangle is ratio² / 6, of which bilinear sampling is 1 / 6. A triangle of whole width n, taken
    at whole places, has (n² - 1) / 6; for widths between, the two nearest are mixed.
    """
    if ratio <= SMOOTH_ABOVE:
        return np.ones(1, np.float32)
    narrow = int(ratio)
    share = (ratio**2 - narrow**2) / (2 * narrow + 1)
    reach = math.ceil(ratio) - 1
    places = np.abs(np.arange(-reach, reach + 1))
    both = (np.maximum(0, 1 - places / width) / width for width in (narrow, narrow + 1))
    return np.asarray(sum(part * one for part, one in zip((1 - share, share), both, strict=True)), dtype=np.float32)
