"""Arrays of pixels: their types and how bands lie in them."""

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]
Mask = npt.NDArray[np.uint8]

# What OpenCV resizes, remaps and merges; other types become float32.
RESIZABLE = (np.uint8, np.uint16, np.int16, np.float32, np.float64)


def stack(bands: Sequence[Pixels]) -> Pixels:
    """Bands side by side, (rows, columns, bands)."""
    if len(bands) == 1:
        return bands[0][:, :, None]
    alike = len({band.dtype for band in bands}) == 1 and bands[0].dtype in RESIZABLE
    return np.asarray(cv2.merge(list(bands))) if alike else np.dstack(list(bands))


def fits(value: float, data_type: np.dtype[Any]) -> bool:
    """Whether a nodata value can occur in an array of this type: -9999 can't among bytes, nor 1e39 in float32."""
    if data_type.kind == "f":
        with np.errstate(over="ignore"):
            return math.isinf(value) or not np.isinf(data_type.type(value))
    bounds = np.iinfo(data_type)
    return bool(bounds.min <= value <= bounds.max and value == int(value))


def cast_like(values: Pixels, data_type: np.dtype[Any]) -> Pixels:
    """Back to a type that OpenCV handles, rounded and clipped for integers."""
    if data_type.kind == "f" or data_type not in RESIZABLE:
        return values
    bounds = np.iinfo(data_type)
    return np.clip(np.rint(values), bounds.min, bounds.max).astype(data_type)
