"""From raw values to colors."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .colormaps import ColorTable
from .reading import Mask, Pixels


@dataclass(frozen=True, slots=True)
class Picture:
    """8-bit pixels, (rows, columns, 1 or 3) gray or red, green, blue, and alpha (rows, columns; None: opaque)."""

    pixels: npt.NDArray[np.uint8]
    alpha: Mask | None

    @classmethod
    def empty(cls, width: int, height: int) -> "Picture":
        """Nothing but transparency."""
        return cls(np.zeros((height, width, 1), np.uint8), np.zeros((height, width), np.uint8))

    @property
    def is_empty(self) -> bool:
        """Whether no pixel shows anything."""
        return self.alpha is not None and cv2.countNonZero(self.alpha) == 0


def rescale(pixels: Pixels, ranges: tuple[tuple[float, float], ...]) -> npt.NDArray[np.uint8]:
    """Stretch each band linearly, its (low, high) to 0-255; values beyond are clipped. One range serves all bands."""
    count = pixels.shape[2]
    if len(ranges) == 1:
        ranges = ranges * count
    bands = [stretch(pixels[:, :, i], *ranges[i]) for i in range(count)]
    return bands[0][:, :, None] if count == 1 else np.dstack(bands)


def stretch(band: Pixels, low: float, high: float) -> npt.NDArray[np.uint8]:
    scale = 255.0 / (high - low)
    # Float32 holds every 16-bit value exactly; it would not hold a float64 that needs subtracting first.
    shifted = (band - low).astype(np.float32) if band.dtype == np.float64 else band.astype(np.float32) - np.float32(low)
    # The clip sends NaN nowhere in particular; missing pixels are transparent anyway.
    clipped: Pixels = cv2.convertScaleAbs(np.maximum(np.nan_to_num(shifted, copy=False), 0), alpha=scale)
    return clipped.reshape(band.shape)


def apply_table(values: npt.NDArray[np.uint8], table: ColorTable) -> npt.NDArray[np.uint8]:
    """Colors, (rows, columns, 3), of 8-bit values (rows, columns) by a (256, 3) table."""
    return table[values]


def paint_palette(values: Pixels, palette: npt.NDArray[np.uint8], alpha: Mask | None) -> Picture:
    """The colors, alpha included, that a file's color table gives to its values; beyond the table: transparent."""
    within = np.minimum(values, len(palette) - 1).astype(np.intp)
    colors = palette[within]
    own = np.where(values < len(palette), colors[:, :, 3], 0).astype(np.uint8)
    merged = own if alpha is None else np.minimum(own, alpha)
    return Picture(np.ascontiguousarray(colors[:, :, :3]), merged)
