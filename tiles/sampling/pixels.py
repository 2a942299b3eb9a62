"""Hold arrays of pixels: their types, how bands lie in them, what to read of an image and what was read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]
Mask = npt.NDArray[np.uint8]

# What OpenCV resizes, remaps and merges; other types become float32.
RESIZABLE = (np.uint8, np.uint16, np.int16, np.float32, np.float64)


def stack(bands: Sequence[Pixels]) -> Pixels:
    """Put bands side by side, (rows, columns, bands)."""
    if len(bands) == 1:
        return bands[0][:, :, None]
    alike = len({band.dtype for band in bands}) == 1 and bands[0].dtype in RESIZABLE
    return np.asarray(cv2.merge(list(bands))) if alike else np.dstack(list(bands))


def fits(value: float, data_type: np.dtype[Any]) -> bool:
    """Tell whether nodata can occur in an array of this type: -9999 can't among bytes, nor 1e39 in float32."""
    if data_type.kind == "f":
        with np.errstate(over="ignore"):
            return math.isinf(value) or not np.isinf(data_type.type(value))
    bounds = np.iinfo(data_type)
    return bool(bounds.min <= value <= bounds.max and value == int(value))


def cast_like(values: Pixels, data_type: np.dtype[Any]) -> Pixels:
    """Cast values back to a type that OpenCV handles, rounded and clipped for integers."""
    if data_type.kind == "f" or data_type not in RESIZABLE:
        return values
    bounds = np.iinfo(data_type)
    return np.clip(np.rint(values), bounds.min, bounds.max).astype(data_type)


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
