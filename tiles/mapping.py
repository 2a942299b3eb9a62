"""Which source pixel each output pixel shows: the exact transform on a lattice, interpolated in between."""

import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from .georeference import AnyReference, Floats
from .grids import TileArea

# Lattice points a side, tried in turn; after the last, every pixel is transformed by itself.
LATTICES = (17, 65)
# Output pixels by which interpolation may miss the exact position.
TOLERANCE = 0.05
# Where pixels without counterpart point: far outside any window, and still within OpenCV's fixed-point numbers.
NOWHERE = -1e6


@dataclass(frozen=True)
class PixelMap:
    """Source columns and rows (0, 0: the outer corner of the first pixel) of the centres of output pixels.

    ``columns`` and ``rows`` are a lattice of any size that spans the output from the first pixel's centre to the
    last's, both included. NaN: nothing there. ``scale``: source pixels in one output pixel, across and down.
    """

    columns: Floats
    rows: Floats
    width: int
    height: int
    scale: tuple[float, float]

    @cached_property
    def is_complete(self) -> bool:
        """Whether every output pixel has a counterpart."""
        return bool(np.isfinite(self.columns).all() and np.isfinite(self.rows).all())

    def expand(self, *, x: tuple[float, float], y: tuple[float, float]) -> tuple[npt.NDArray[np.float32], ...]:
        """``column * x[0] + x[1]`` and ``row * y[0] + y[1]`` of every output pixel, each (height, width)."""
        columns, rows = self.columns * x[0] + x[1], self.rows * y[0] + y[1]
        if not self.is_complete:
            columns, rows = np.nan_to_num(columns, nan=NOWHERE), np.nan_to_num(rows, nan=NOWHERE)
        # Single precision holds a thousandth of a pixel, now that positions count from the window's corner.
        columns32, rows32 = columns.astype(np.float32), rows.astype(np.float32)
        if columns.shape == (self.height, self.width):
            return columns32, rows32
        down, across = weights(columns.shape[0], self.height), weights(columns.shape[1], self.width).T
        return down @ (columns32 @ across), down @ (rows32 @ across)

    def shifted(self, columns: float) -> "PixelMap":
        return PixelMap(self.columns + columns, self.rows, self.width, self.height, self.scale)


@cache
def weights(points: int, pixels: int) -> npt.NDArray[np.float32]:
    """(pixels, points): how much of each of ``points`` equidistant values makes up each of ``pixels`` values."""
    position = np.linspace(0, points - 1, pixels) if pixels > 1 else np.zeros(1)
    before = np.minimum(position.astype(int), points - 2)
    out = np.zeros((pixels, points), np.float32)
    out[np.arange(pixels), before] = 1 - (position - before)
    out[np.arange(pixels), before + 1] = position - before
    return out


def map_pixels(reference: AnyReference, area: TileArea) -> PixelMap | None:
    """The map of ``area``; None when no pixel of it has a counterpart in the image's coordinates."""
    for points in LATTICES:
        if points * points > area.width * area.height:
            break
        columns, rows = _lattice(reference, area, points, points)
        found = PixelMap(columns, rows, area.width, area.height, _scale(columns, rows, area))
        if found.is_complete and _interpolation_error(found) < TOLERANCE:
            return found
    columns, rows = _lattice(reference, area, area.height, area.width)
    if not np.isfinite(columns).any():
        return None
    return PixelMap(columns, rows, area.width, area.height, _scale(columns, rows, area))


def _lattice(reference: AnyReference, area: TileArea, down: int, across: int) -> tuple[Floats, Floats]:
    xs = area.x0 + area.dx * np.linspace(0.5, area.width - 0.5, across)
    ys = area.y0 + area.dy * np.linspace(0.5, area.height - 0.5, down)
    columns, rows = reference.to_pixels(*np.meshgrid(xs, ys))
    period = reference.period_pixels
    if period:
        # Longitudes come round: keep them within half a turn of the middle, so that they are continuous.
        middle = columns[down // 2, across // 2]
        columns = middle + np.mod(columns - middle + period / 2, period) - period / 2
    return columns, rows


def _scale(columns: Floats, rows: Floats, area: TileArea) -> tuple[float, float]:
    """Source pixels in one output pixel; 0 when nothing can be said."""
    return (
        _step(columns, rows, axis=1) * (columns.shape[1] - 1) / max(1, area.width - 1),
        _step(columns, rows, axis=0) * (columns.shape[0] - 1) / max(1, area.height - 1),
    )


def _step(columns: Floats, rows: Floats, *, axis: int) -> float:
    steps = np.hypot(np.diff(columns, axis=axis), np.diff(rows, axis=axis))
    mean = float(steps.mean())
    if math.isfinite(mean):
        return mean
    finite = steps[np.isfinite(steps)]
    return float(np.median(finite)) if finite.size else 0.0


def _interpolation_error(found: PixelMap) -> float:
    """Output pixels by which the lattice is wrong between its points.

    The error of linear interpolation goes with the square of the spacing: a quarter of what is seen when every other
    point is left out.
    """
    worst = 0.0
    for values in (found.columns, found.rows):
        across = np.abs((values[:, :-2:2] + values[:, 2::2]) / 2 - values[:, 1:-1:2]).max()
        down = np.abs((values[:-2:2] + values[2::2]) / 2 - values[1:-1:2]).max()
        worst = max(worst, float(across), float(down))
    return worst / 4 / max(min(found.scale), 0.5)
