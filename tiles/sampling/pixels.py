"""Hold arrays of pixels: their types, how bands lie in them, what to read of an image and what was read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tiles.sources.validity import LONG, precise_type

Pixels = npt.NDArray[Any]
Mask = npt.NDArray[np.uint8]

# The share of valid pixels from which there is anything to see.
LEAST_SHARE = 1e-4
# What OpenCV resizes, remaps and merges; other types become float32.
RESIZABLE = (np.uint8, np.uint16, np.int16, np.float32, np.float64)


def stack(bands: Sequence[Pixels]) -> Pixels:
    """Put bands side by side, (rows, columns, bands)."""
    if len(bands) == 1:
        return bands[0][:, :, None]
    alike = len({band.dtype for band in bands}) == 1 and bands[0].dtype in RESIZABLE
    return np.asarray(cv2.merge(list(bands))) if alike else np.dstack(list(bands))


def in_floats(values: Pixels, valid: Mask | None = None) -> tuple[Pixels, float]:
    """Return values as floating point that holds them, and what was subtracted from them first.

    Integers of 64 bits are counted from the least valid one: no float has all of their digits. So is what takes double
    precision: OpenCV weighs in single, whose sum isn't quite one.
    """
    known = values if valid is None else values[valid > 0]
    if values.dtype.kind == "f" or values.dtype.itemsize < LONG:
        floats = values.astype(precise_type(values.dtype), copy=False)
        if floats.dtype != np.float64:
            return floats, 0
        finite = known[np.isfinite(known)] if known.dtype.kind == "f" else known
        least = float(finite.min()) if finite.size else 0.0
        return (floats - least, least) if least else (floats, 0)
    base = int(known.min()) if known.size else 0
    # Wraps where values are less, which is where none counts.
    return (values - values.dtype.type(base)).view(np.uint64).astype(np.float64), base


def cast_like(values: Pixels, data_type: np.dtype[Any], base: float = 0) -> Pixels:
    """Cast values that `in_floats` made, with its ``base``, back to their type, rounded and clipped for integers."""
    if data_type.kind == "f":
        return values + base if base else values
    bounds = np.iinfo(data_type)
    if not base or data_type.itemsize < LONG:
        values = values + base if base else values
        # The largest integers of 64 bits are rounded up beyond themselves.
        largest = bounds.max if data_type.itemsize < LONG else np.nextafter(float(bounds.max), 0)
        return np.clip(np.rint(values), bounds.min, largest).astype(data_type)
    start = int(base)
    steps = np.clip(np.rint(values), 0, np.nextafter(float(int(bounds.max) - start), 0)).astype(np.uint64)
    return np.asarray((steps + np.uint64(start % 2**64)).view(data_type))


def weigh(band: Pixels, valid: Mask, weight: Pixels, share: Pixels, work: Callable[[Pixels], Pixels]) -> Pixels:
    """Apply ``work``, which mixes neighbours, to a band's valid pixels only: no others must bleed into them.

    What is no number at pixels that other bands make valid doesn't count either, and is NaN where nothing else is.
    ``weight``: validity as 0-1. ``share``: what ``work`` makes of it, above 0.
    """
    floats, base = in_floats(band, valid)
    known = valid > 0
    # Left out by choice, since nothing times NaN is NaN.
    own = known & np.isfinite(floats) if band.dtype.kind == "f" else known
    if own is known or (own == known).all():
        return cast_like(work(np.where(known, floats, 0) * weight) / share, band.dtype, base)
    weight = np.where(own, weight, np.float32(0))
    share = work(weight)
    found = work(np.where(own, floats, 0) * weight) / np.maximum(share, LEAST_SHARE)
    return np.where(share >= LEAST_SHARE, cast_like(found, band.dtype, base), band.dtype.type(np.nan))


@dataclass(frozen=True, slots=True)
class Window:
    """Hold pixels of one level: (rows, columns) of each band, validity (0-255; None: all valid) and their place.

    A full-resolution column ``c`` lies at ``c * x[0] + x[1]`` of this window's columns, counted from the outer edge
    of its first; rows likewise by ``y``.
    """

    bands: tuple[Pixels, ...]
    valid: Mask | None
    x: tuple[float, float]
    y: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """Say what to read: bands (from 1), the nodata value that overrides the file's, whether masks count.

    ``strict``: a pixel is missing when any of its bands is, as arithmetic needs; else when all of them are.
    """

    indexes: tuple[int, ...]
    nodata: float | None = None
    masked: bool = True
    averaging: bool = True
    strict: bool = False
    max_pixels: int = 64 * 2**20

    def without_averaging(self) -> "ReadRequest":
        return replace(self, averaging=False)
