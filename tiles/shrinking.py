"""Averages pixels where many of them make up one."""

from collections.abc import Sequence

import cv2
import numpy as np

from .pixels import RESIZABLE, Mask, Pixels, cast_like


def average(bands: Sequence[Pixels], valid: Mask | None, ratio: float) -> tuple[tuple[Pixels, ...], Mask | None]:
    """Shrink by ``ratio``: each pixel becomes the mean of the valid ones that it covers."""
    height, width = bands[0].shape
    size = (max(1, round(width / ratio)), max(1, round(height / ratio)))
    if valid is None:
        return tuple(
            _shrink(band if band.dtype in RESIZABLE else band.astype(np.float32), size) for band in bands
        ), None
    weight = valid.astype(np.float32) / 255
    shrunk_weight = _shrink(weight, size)
    divisor = np.maximum(shrunk_weight, 1e-6)
    # Invalid values (NaN, or huge) are left out by choice, since nothing times NaN is NaN.
    weighted = (np.where(valid > 0, band, 0).astype(np.float32) * weight for band in bands)
    shrunk = tuple(
        cast_like(_shrink(values, size) / divisor, band.dtype) for values, band in zip(weighted, bands, strict=True)
    )
    return shrunk, np.rint(shrunk_weight * 255).astype(np.uint8)


def _shrink(band: Pixels, size: tuple[int, int]) -> Pixels:
    return np.asarray(cv2.resize(band, size, interpolation=cv2.INTER_AREA))
