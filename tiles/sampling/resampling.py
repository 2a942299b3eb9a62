"""Resample a window of source pixels to the pixels of a tile."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import cv2
import numpy as np
import numpy.typing as npt

from tiles.geo.georeference import AnyReference, Floats
from tiles.geo.grids import TileArea
from tiles.sampling.pixels import LEAST_SHARE, RESIZABLE, Mask, Pixels, Window, cast_like, in_floats, stack, weigh

# Lattice points a side, tried in turn; after the last, every pixel is transformed by itself.
LATTICES = (7, 9, 17, 65)
# Output pixels by which interpolation may miss the exact position.
TOLERANCE = 0.01
# Where pixels without counterpart point: far outside any window, and still within OpenCV's fixed-point numbers.
NOWHERE = -1e6
# OpenCV's kernels by GDAL's names.
KERNELS = {
    "nearest": cv2.INTER_NEAREST,
    "bilinear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
}
# GDAL's other algorithms, which its warper does.
WARPER_ONLY = ("cubicspline", "average", "rms", "mode", "max", "min", "med", "q1", "q3", "sum")
# Types for which OpenCV's bilinear kernel handles four channels at once.
FAST_IN_FOURS = (np.uint8, np.uint16, np.float32)
# Types that stand for others of as many bytes where values are only copied.
COPIED_AS = {1: np.uint8, 2: np.uint16, 4: np.float32, 8: np.float64}
# Channels that OpenCV copies by a mask.
COPIED_AT_ONCE = 4
# Times the mean step from which a step is a jump, and the least step, in pixels, that one is compared with.
JUMP, LEAST_STEP = 20.0, 1e-3
# How much more than its steps reach over a map may span before it is taken for one with a seam, and in pixels.
SEAM_SPAN, SEAM_PIXELS = 4.0, 64.0
# Pixels by which the two sides of an image that comes round overlap.
SEAM_SLACK = 0.01
# Seams of one map that are looked for, one within the other.
MOST_SEAMS = 3
# Validity, 0-255, from which a pixel that was averaged of several shows.
MOSTLY_VALID = 128


@dataclass(frozen=True)
class PixelMap:
    """Hold source columns and rows (0, 0: the outer corner of the first pixel) of the centres of output pixels.

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
        """Tell whether every output pixel has a counterpart."""
        return bool(np.isfinite(self.columns).all() and np.isfinite(self.rows).all())

    def expand(self, *, x: tuple[float, float], y: tuple[float, float]) -> tuple[npt.NDArray[np.float32], ...]:
        """Return ``column * x[0] + x[1]`` and ``row * y[0] + y[1]`` of every output pixel, each (height, width)."""
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
    """Return (pixels, points): how much of each of ``points`` equidistant values makes up each of ``pixels`` values.

    A cubic through the four nearest points (Lagrange's): as a matrix, it costs what a straight line does.
    """
    position = np.linspace(0, points - 1, pixels) if pixels > 1 else np.zeros(1)
    first = np.clip(position.astype(int) - 1, 0, points - 4)
    out = np.zeros((pixels, points), np.float32)
    for one in range(4):
        others = np.delete(np.arange(4), one)[:, None]
        out[np.arange(pixels), first + one] = np.prod((position - first - others) / (one - others), axis=0)
    return out


def map_pixels(reference: AnyReference, area: TileArea) -> PixelMap | None:
    """Map ``area`` to the image; None when no pixel of it has a counterpart in the image's coordinates."""
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
    """Map ``area`` to the image with nothing interpolated: 65,536 transforms for 256 pixels a side."""
    columns, rows = _lattice(reference, area, area.height, area.width)
    return PixelMap(columns, rows, area.width, area.height, _scale(columns, rows, area, has_seams=True))


def seam_parts(found: PixelMap, depth: int = 0) -> list[PixelMap]:
    """Return the map in parts that hold together: at the edge of a projected world positions jump to its other side.

    Each part points nowhere where others point. Maps that are interpolated have no seam: others are wanted here.
    """
    if depth == MOST_SEAMS:
        return [found]
    reached = found.scale[0] * found.width, found.scale[1] * found.height
    for positions, reach in zip((found.columns, found.rows), reached, strict=True):
        low, high = float(np.nanmin(positions)), float(np.nanmax(positions))
        if high - low > SEAM_SPAN * reach + SEAM_PIXELS:
            beyond = positions > (low + high) / 2
            halves = [_masked(found, half) for half in (beyond, positions <= (low + high) / 2)]
            return [part for half in halves if half for part in seam_parts(half, depth + 1)]
    return [found]


def _masked(found: PixelMap, here: npt.NDArray[np.bool_]) -> PixelMap | None:
    """Return the map with nothing but these of its pixels; None when there are none."""
    if not here.any():
        return None
    columns, rows = (np.where(here, each, np.nan) for each in (found.columns, found.rows))
    return PixelMap(columns, rows, found.width, found.height, found.scale)


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
    """Return ``points`` equidistant positions from the first of ``pixels`` pixels' centre to the last's."""
    return np.linspace(0.5, pixels - 0.5, points)


def _scale(columns: Floats, rows: Floats, area: TileArea, *, has_seams: bool = False) -> tuple[float, float]:
    """Measure how many columns and rows one output pixel reaches over, whichever way it lies; 0 when nobody can say.

    ``has_seams``: positions may jump, once or twice in a row; jumps are no steps.
    """
    across = (columns.shape[1] - 1) / max(1, area.width - 1)
    down = (columns.shape[0] - 1) / max(1, area.height - 1)
    scales = []
    for values in (columns, rows):
        steps = []
        for differences in (values[:, 1:] - values[:, :-1], values[1:] - values[:-1]):
            sizes = np.abs(differences)
            mean = float(sizes.sum()) / max(1, sizes.size)
            if not math.isfinite(mean):
                finite = sizes[np.isfinite(sizes)]
                mean = float(np.median(finite)) if finite.size else 0.0
            if has_seams and mean and float(np.nanmax(sizes)) > JUMP * mean:
                known = sizes[sizes < JUMP * max(float(np.nanmedian(sizes)), LEAST_STEP)]
                mean = float(known.mean()) if known.size else mean
            steps.append(mean)
        scales.append(math.hypot(steps[0] * across, steps[1] * down))
    return scales[0], scales[1]


def _interpolation_error(found: PixelMap) -> float:
    """Estimate the output pixels by which the lattice is wrong between its points, at most.

    The error of a cubic goes with the fourth power of the spacing: a sixteenth of what is seen when every other point
    is left out; taken for an eighth, since at the edges four points lie on one side.
    """
    worst = 0.0
    for values in (found.columns, found.rows):
        height, width = values.shape
        down, across = weights((height + 1) // 2, height), weights((width + 1) // 2, width)
        worst = max(worst, float(np.abs(down @ values[::2, ::2] @ across.T - values).max()))
    return worst / 8 / max(min(found.scale), 0.5)


@dataclass(frozen=True, slots=True)
class Samples:
    """Hold resampled raw values, (rows, columns, bands), and alpha 0-255 (rows, columns; None: all opaque)."""

    pixels: Pixels
    alpha: Mask | None


def resample(
    window: Window, found: PixelMap, *, resampling: str, extent: tuple[int, int], soft: bool, comes_round: bool = False
) -> Samples:
    """Take the window's pixels at the places that ``found`` names.

    ``extent``: (width, height) of the whole image, beyond which nothing is valid. ``soft``: validity is a true alpha
    channel with values in between, not a mask. ``comes_round``: the image's two sides meet, so that no rounded position
    may lie between them.
    """
    columns, rows = found.expand(x=(window.x[0], window.x[1] - 0.5), y=(window.y[0], window.y[1] - 0.5))
    kernel, alpha = KERNELS.get(resampling, cv2.INTER_LINEAR), None
    if window.valid is None:
        pixels = _remap(window.bands, columns, rows, kernel)
    else:
        pixels, alpha = _sample_valid(window.bands, window.valid, columns, rows, kernel, soft=soft)
    width, height = extent
    lattice_columns, lattice_rows = found.columns, found.rows
    # Not so where there is no counterpart: comparisons with NaN are false.
    is_inside = lattice_columns.min() >= 0 and lattice_columns.max() <= width
    if not (is_inside and lattice_rows.min() >= 0 and lattice_rows.max() <= height):
        inside = _inside(columns, rows, window, extent, slack=SEAM_SLACK if comes_round else 0.0)
        alpha = inside if alpha is None else cv2.bitwise_and(alpha, inside)
    return Samples(pixels, alpha)


def _inside(
    columns: npt.NDArray[np.float32],
    rows: npt.NDArray[np.float32],
    window: Window,
    extent: tuple[int, int],
    *,
    slack: float,
) -> Mask:
    """Return 255 where the image is, 0 beyond its edges."""
    width, height = extent
    low_x, low_y = window.x[1] - 0.5, window.y[1] - 0.5
    high_x, high_y = low_x + width * window.x[0] + slack, low_y + height * window.y[0]
    low_x -= slack
    # Comparisons with NaN are false: no counterpart is outside too.
    within = (columns >= low_x) & (columns <= high_x) & (rows >= low_y) & (rows <= high_y)
    mask: Mask = within.view(np.uint8) * np.uint8(255)
    return mask


def _sample_valid(
    bands: Sequence[Pixels], valid: Mask, columns: Pixels, rows: Pixels, kernel: int, *, soft: bool
) -> tuple[Pixels, Mask]:
    """Take values and validity where not all pixels are valid."""
    if kernel == cv2.INTER_NEAREST:
        return _remap(bands, columns, rows, kernel), _remap([valid], columns, rows, kernel)[:, :, 0]

    def remap(band: Pixels) -> Pixels:
        return _remap_band(band, columns, rows, kernel)

    weight = valid.astype(np.float32) / 255
    share = remap(weight)
    divisor = np.maximum(share, LEAST_SHARE)
    sampled = stack([weigh(band, valid, weight, divisor, remap) for band in bands])
    if soft:
        alpha = np.clip(share * 255, 0, 255).astype(np.uint8)
    else:
        # As GDAL's warper has it: what the pixel's own place says, whatever its neighbours.
        nearest = _remap([valid], columns, rows, cv2.INTER_NEAREST)[:, :, 0]
        alpha = np.where(nearest >= MOSTLY_VALID, 255, 0).astype(np.uint8)
    return sampled, alpha


def _remap(bands: Sequence[Pixels], columns: Pixels, rows: Pixels, kernel: int) -> Pixels:
    """Remap any number of bands by OpenCV, (rows, columns, bands)."""
    is_exact = kernel == cv2.INTER_NEAREST or bands[0].dtype != np.float64
    alike = bands[0].dtype in RESIZABLE and len({band.dtype for band in bands}) == 1
    if len(bands) == 3 and alike and is_exact:
        # Bilinear, OpenCV takes a third of the time for four channels that it takes for three.
        in_fours = kernel == cv2.INTER_LINEAR and bands[0].dtype in FAST_IN_FOURS
        pixels = cv2.merge([*bands, bands[0]] if in_fours else list(bands))
        out = cv2.remap(pixels, columns, rows, kernel, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.cvtColor(out, cv2.COLOR_RGBA2RGB) if in_fours else out)
    return stack([_remap_band(band, columns, rows, kernel) for band in bands])


def _remap_band(band: Pixels, columns: Pixels, rows: Pixels, kernel: int) -> Pixels:
    """Remap one band, also of types that OpenCV doesn't know."""
    remap = partial(cv2.remap, map1=columns, map2=rows, interpolation=kernel, borderMode=cv2.BORDER_REPLICATE)
    if band.dtype in RESIZABLE and (kernel == cv2.INTER_NEAREST or band.dtype != np.float64):
        return np.asarray(remap(band))
    if kernel == cv2.INTER_NEAREST and band.dtype.itemsize in COPIED_AS:
        # Bits are copied, whatever they mean.
        bits = _remap_band(band.view(COPIED_AS[band.dtype.itemsize]), columns, rows, kernel)
        return np.ascontiguousarray(bits).view(band.dtype)
    floats, base = in_floats(band)
    return cast_like(np.asarray(remap(floats)), band.dtype, base)


def merge(first: Samples | None, second: Samples) -> Samples:
    """Lay ``second`` over ``first``, which shows where ``second`` has no pixels."""
    if first is None or second.alpha is None:
        return second
    below = np.full_like(second.alpha, 255) if first.alpha is None else first.alpha
    return Samples(_over(first.pixels, second.pixels, second.alpha), _over(below, second.alpha, second.alpha))


def _over(below: Pixels, above: Pixels, mask: Mask) -> Pixels:
    """Return ``above`` where the mask isn't 0, else ``below``. OpenCV takes a fiftieth of NumPy's time."""
    count = above.shape[2] if above.ndim == 3 else 1
    if below.dtype != above.dtype or above.dtype not in RESIZABLE or count > COPIED_AT_ONCE:
        return np.where(mask[:, :, None] > 0, above, below)
    found = below.copy()
    cv2.copyTo(above, mask, found)
    return found
