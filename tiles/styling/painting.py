"""Turn raw values into colors."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from tiles.sampling.pixels import RESIZABLE, Mask, Pixels, stack
from tiles.sources.validity import fits
from tiles.styling.color_formula import apply_formula, parse_formula
from tiles.styling.colormap_values import ValueColors, colors_of
from tiles.styling.colormaps import ColorTable

# Bytes of numbers that single precision may not hold.
WIDE = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold 8-bit pixels, (rows, columns, 1 or 3) gray or red, green, blue, and alpha (rows, columns; None: opaque).

    With a ``table``, (256, 3), pixels are one band of indexes into it: what is drawn with few colors stays small.
    """

    pixels: npt.NDArray[np.uint8]
    alpha: Mask | None
    table: ColorTable | None = None

    @classmethod
    def empty(cls, width: int, height: int) -> "Picture":
        """Make a picture of nothing but transparency."""
        return cls(np.zeros((height, width, 1), np.uint8), np.zeros((height, width), np.uint8))

    @property
    def is_empty(self) -> bool:
        """Tell whether no pixel shows anything."""
        return self.alpha is not None and cv2.countNonZero(self.alpha) == 0

    @property
    def colors(self) -> npt.NDArray[np.uint8]:
        """Return the pixels as gray or red, green, blue, without a table."""
        if self.table is None:
            return self.pixels
        return np.asarray(cv2.applyColorMap(self.pixels, self.table[:, None, :]), dtype=np.uint8)


def rescale(pixels: Pixels, ranges: tuple[tuple[float, float], ...]) -> npt.NDArray[np.uint8]:
    """Stretch each band linearly, its (low, high) to 0-255; values beyond are clipped. One range serves all bands."""
    count = pixels.shape[2]
    if len(ranges) == 1:
        ranges = ranges * count
    bands = [stretch(pixels[:, :, i], *ranges[i]) for i in range(count)]
    return stack(bands).astype(np.uint8, copy=False)


def stretch(band: Pixels, low: float, high: float) -> npt.NDArray[np.uint8]:
    """Scale linearly from ``low``-``high`` to 0-255; what lies beyond is clipped."""
    scale = 255.0 / (high - low)
    if band.dtype.kind in "ui" and band.dtype in RESIZABLE and low == int(low) and fits(low, band.dtype):
        # Integers stay integers: OpenCV scales and clips them at once, but takes the absolute value.
        clipped = np.maximum(band, band.dtype.type(low))
        scaled: Pixels = cv2.convertScaleAbs(clipped, alpha=scale, beta=-low * scale)
    elif band.dtype == np.float32 or band.dtype.itemsize < WIDE:
        shifted = np.maximum((band - low).astype(np.float32, copy=False), 0)
        scaled = cv2.convertScaleAbs(shifted, alpha=scale)
    else:
        # Neither the numbers themselves nor their differences need fit into single precision.
        shares = (np.clip(_difference(band, low), 0, high - low) * scale).astype(np.float32)
        scaled = cv2.convertScaleAbs(shares)
    return scaled.reshape(band.shape)


def _difference(band: Pixels, low: float) -> Pixels:
    """Return how much more than ``low`` values are; integers of 64 bits count from a whole number, digit by digit."""
    whole = math.floor(low)
    if band.dtype.kind not in "iu" or not fits(whole, band.dtype):
        return np.asarray(band - low, np.float64)
    above = np.maximum(band, band.dtype.type(whole)) - band.dtype.type(whole)
    return np.asarray(above.astype(np.float64) + (whole - low))


def paint_palette(values: Pixels, palette: npt.NDArray[np.uint8], alpha: Mask | None) -> Picture:
    """Paint values in the colors, alpha included, of a file's color table; beyond the table: transparent."""
    known = np.zeros((256, 4), np.uint8)
    known[: len(palette)] = palette[:256]
    if values.dtype != np.uint8:
        # Tables of 16-bit files go beyond what an indexed picture can hold.
        known_values = (values >= 0) & (values < len(palette))
        colors = palette[np.where(known_values, values, 0).astype(np.intp)]
        own = np.where(known_values, colors[:, :, 3], 0).astype(np.uint8)
        return Picture(np.ascontiguousarray(colors[:, :, :3]), own if alpha is None else np.minimum(own, alpha))
    table, opacity = np.ascontiguousarray(known[:, :3]), known[:, 3]
    if opacity.min() < 255:
        own = opacity[values]
        alpha = own if alpha is None else np.minimum(own, alpha)
    return Picture(np.ascontiguousarray(values)[:, :, None], alpha, table)


def paint_by_value(values: Pixels, alpha: Mask | None, *, colors: ValueColors) -> Picture:
    """Paint values (rows, columns) in the colors that are given for them, transparent where there is none."""
    painted = colors_of(values, colors)
    own = np.ascontiguousarray(painted[:, :, 3])
    alpha = own if alpha is None else np.minimum(own, alpha)
    return Picture(np.ascontiguousarray(painted[:, :, :3]), None if alpha.min() == 255 else alpha)


def apply_to_picture(picture: Picture, formula: str) -> Picture:
    """Apply a ``color_formula`` to a picture: to its colors, or to those of its table."""
    parsed = parse_formula(formula)
    if picture.table is not None:
        return replace(picture, table=apply_formula(picture.table[None], parsed)[0])
    return replace(picture, pixels=apply_formula(picture.pixels, parsed))
