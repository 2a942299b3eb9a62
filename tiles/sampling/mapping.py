"""Which source pixel each output pixel shows: the exact transform on a lattice, interpolated in between."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from tiles.geo.georeference import AnyReference, Floats
from tiles.geo.grids import TileArea

# Lattice points a side, tried in turn; after the last, every pixel is transformed by itself.
LATTICES = (7, 9, 17, 65)
# Output pixels by which interpolation may miss the exact position.
TOLERANCE = 0.01
# Where pixels without counterpart point: far outside any window, and still within OpenCV's fixed-point numbers.
NOWHERE = -1e6


@dataclass(frozen=True)
class PixelMap:
    """Source columns and rows (0, 0: the outer corner of the first pixel) of the centres of output pixels.

    ``columns`` and ``rows`` are a lattice of any size that spans the output from the first pixel's centre to the
    last's, both included. NaN: nothing there. ``scale``: source columns and rows in one output pixel.
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


@lru_cache(maxsize=256)
def weights(points: int, pixels: int) -> npt.NDArray[np.float32]:
    """(pixels, points): how much of each of ``points`` equidistant values makes up each of ``pixels`` values.

    A cubic through the four nearest points (Lagrange's): as a matrix, it costs what a straight line does.
    """
    position = np.linspace(0, points - 1, pixels) if pixels > 1 else np.zeros(1)
    first = np.clip(position.astype(int) - 1, 0, points - 4)
    out = np.zeros((pixels, points), np.float32)
    for one in range(4):
        others = [other for other in range(4) if other != one]
        share = np.prod([(position - first - other) / (one - other) for other in others], axis=0)
        out[np.arange(pixels), first + one] = share
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
    exact = map_every_pixel(reference, area)
    return exact if np.isfinite(exact.columns).any() else None


def map_every_pixel(reference: AnyReference, area: TileArea) -> PixelMap:
    """The map of ``area`` with nothing interpolated: 65,536 transforms for 256 pixels a side."""
    columns, rows = _lattice(reference, area, area.height, area.width)
    return PixelMap(columns, rows, area.width, area.height, _scale(columns, rows, area))


def _lattice(reference: AnyReference, area: TileArea, down: int, across: int) -> tuple[Floats, Floats]:
    xs, ys = np.empty((2, down, across))
    xs[:] = area.x0 + area.dx * _centres(area.width, across)
    ys[:] = area.y0 + area.dy * _centres(area.height, down)[:, None]
    columns, rows = reference.to_pixels(xs, ys)
    period = reference.period_pixels
    if period:
        # Longitudes come round: keep them within half a turn of the middle, so that they are continuous.
        middle = columns[down // 2, across // 2]
        columns = middle + np.mod(columns - middle + period / 2, period) - period / 2
    return columns, rows


@lru_cache(maxsize=1024)
def _centres(pixels: int, points: int) -> Floats:
    """``points`` equidistant positions from the first of ``pixels`` pixels' centre to the last's."""
    return np.linspace(0.5, pixels - 0.5, points)


def _scale(columns: Floats, rows: Floats, area: TileArea) -> tuple[float, float]:
    """Source columns and rows that one output pixel reaches over, whichever way it lies; 0 when nothing can be said."""
    across = (columns.shape[1] - 1) / max(1, area.width - 1)
    down = (columns.shape[0] - 1) / max(1, area.height - 1)
    return (
        math.hypot(_step(columns, axis=1) * across, _step(columns, axis=0) * down),
        math.hypot(_step(rows, axis=1) * across, _step(rows, axis=0) * down),
    )


def _step(values: Floats, *, axis: int) -> float:
    steps = np.abs(values[1:] - values[:-1] if axis == 0 else values[:, 1:] - values[:, :-1])
    mean = float(steps.sum()) / max(1, steps.size)
    if math.isfinite(mean):
        return mean
    finite = steps[np.isfinite(steps)]
    return float(np.median(finite)) if finite.size else 0.0


def _interpolation_error(found: PixelMap) -> float:
    """Output pixels by which the lattice is wrong between its points, at most.

    The error of a cubic goes with the fourth power of the spacing: a sixteenth of what is seen when every other point
    is left out; taken for an eighth, since at the edges four points lie on one side.
    """
    worst = 0.0
    for values in (found.columns, found.rows):
        down, across = (weights((count + 1) // 2, count) for count in values.shape)
        worst = max(worst, float(np.abs(down @ values[::2, ::2] @ across.T - values).max()))
    return worst / 8 / max(min(found.scale), 0.5)
