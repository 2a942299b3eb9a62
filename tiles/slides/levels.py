"""Read any part of a pyramid at any scale: the one place where a level is chosen and pixels are made fewer.

A reader gives levels, each with the scale that its file states, never one made of widths that were padded to whole
tiles.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from tiles.limits import check_deadline
from tiles.styling.planes import Frames

# Slack of levels whose sizes were rounded, as a share of their scale.
ROUNDING = 0.01
# What OpenCV averages; other types go through one that holds all of their values.
AVERAGED = (np.uint8, np.uint16, np.int16, np.float32, np.float64)
# Pixels of a level that are read at once.
READ_AT_ONCE = 2**24
WIDER = {"bool": np.uint8, "int8": np.int16, "float16": np.float32}

Edges = tuple[float, float, float, float]


class Part(NamedTuple):
    """Hold values (rows, columns, bands) and their opacity 0-255 (rows, columns); None: all are there."""

    pixels: npt.NDArray[Any]
    alpha: npt.NDArray[np.uint8] | None = None


class Window(NamedTuple):
    """Name a rectangle of a level's pixels."""

    left: int
    top: int
    width: int
    height: int


ReadWindow = Callable[[int, Window], Part]


@dataclass(frozen=True, slots=True)
class Level:
    """Hold one level: ``scale`` image pixels a level pixel (x, y), and the function that reads a window of a frame."""

    width: int
    height: int
    scale: tuple[float, float]
    read: ReadWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Pyramid:
    """Hold how an image's values are read, as they are stored.

    Args:
        levels: the finest first.
        frames: its planes; None where only large-image's metadata tells.
        orientation: 1-8 as TIFF and EXIF count, by which what is stored has to be turned to be shown.
        profile: ICC profile of its colors.
        is_inverted: whether the lowest value is meant to be white.
        bits: of a value, where they are fewer than its type has.
        shareable: whether several threads may read at once.
    """

    levels: tuple[Level, ...]
    frames: Frames | None = None
    orientation: int = 1
    profile: bytes = b""
    is_inverted: bool = False
    bits: int = 0
    shareable: bool = False

    @property
    def size(self) -> tuple[int, int]:
        return self.levels[0].width, self.levels[0].height


def snap(base: int, size: int) -> float:
    """Return the scale of a level by its size: the power of two that it was rounded from, else the sizes' ratio."""
    ratio = base / size
    power = 2.0 ** round(math.log2(ratio))
    return power if abs(base / power - size) <= 1 else ratio


def stated_scale(stated: float, base: int, size: int) -> float:
    """Return the scale that a file states for a level, without what was lost when it was written: 4 for 4.0003.

    ``base``, ``size``: widths of the image and of the level, by which such scales are often reckoned.
    """
    whole, power = float(round(stated) or 1), 2.0 ** round(math.log2(stated))
    for likely in (snap(base, size), whole, power):
        if abs(likely - stated) <= stated * ROUNDING:
            return likely
    return stated


def order_levels(levels: Iterable[Level]) -> tuple[Level, ...]:
    """Sort levels, the finest first."""
    return tuple(sorted(levels, key=lambda level: level.scale))


def read_levels(levels: Sequence[Level], edges: Edges, size: tuple[int, int], *, frame: int = 0) -> Part:
    """Read what lies between edges (left, top, right, bottom) in image pixels, as (width, height) pixels.

    Values that are missing have no part in those that stand for several, and what isn't finite is missing. What is
    large is read in parts, until the `deadline` around.
    """
    check_deadline()
    left, top, right, bottom = edges
    cell = (right - left) / size[0], (bottom - top) / size[1]
    level = _level_for(levels, cell)
    x0, x1 = _pixels(left / level.scale[0], right / level.scale[0], level.width)
    y0, y1 = _pixels(top / level.scale[1], bottom / level.scale[1], level.height)
    if (x1 - x0) * (y1 - y0) > READ_AT_ONCE and size[1] > 1:
        half = size[1] // 2
        middle = top + half * cell[1]
        upper = read_levels(levels, (left, top, right, middle), (size[0], half), frame=frame)
        lower = read_levels(levels, (left, middle, right, bottom), (size[0], size[1] - half), frame=frame)
        return _stacked(upper, lower)
    return fit(_finite(level.read(frame, Window(x0, y0, x1 - x0, y1 - y0))), *size)


def _level_for(levels: Sequence[Level], cell: tuple[float, float]) -> Level:
    """Return the coarsest level that still has every pixel of a picture of ``cell`` image pixels a pixel."""
    finest = tuple(side * (1 + ROUNDING) for side in cell)
    fitting = [level for level in levels if level.scale[0] <= finest[0] and level.scale[1] <= finest[1]]
    return fitting[-1] if fitting else levels[0]


def _stacked(upper: Part, lower: Part) -> Part:
    pixels = np.concatenate([upper.pixels, lower.pixels])
    if upper.alpha is None and lower.alpha is None:
        return Part(pixels)
    alphas = [
        np.full(each.pixels.shape[:2], 255, np.uint8) if each.alpha is None else each.alpha for each in (upper, lower)
    ]
    return Part(pixels, np.concatenate(alphas))


def _pixels(first: float, last: float, size: int) -> tuple[int, int]:
    start = min(max(0, round(first)), size - 1)
    return start, max(start + 1, min(size, round(last)))


def _finite(part: Part) -> Part:
    if part.pixels.dtype.kind not in "fc":
        return part
    if part.pixels.dtype.kind == "c":
        part = Part(np.abs(part.pixels), part.alpha)
    known = np.isfinite(part.pixels).all(axis=2)
    if known.all():
        return part
    alpha = np.where(known, np.uint8(255) if part.alpha is None else part.alpha, np.uint8(0))
    return Part(np.where(known[:, :, None], part.pixels, part.pixels.dtype.type(0)), alpha.astype(np.uint8))


def fit(part: Part, width: int, height: int) -> Part:
    """Resize to a size: averages where there are more pixels, in between where there are fewer, whatever the type."""
    pixels, alpha = part
    if pixels.shape[:2] == (height, width):
        return part
    kind = pixels.dtype
    shrinks = pixels.shape[0] >= height and pixels.shape[1] >= width
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    wide = pixels if kind in AVERAGED else pixels.astype(WIDER.get(kind.name, np.float64))
    if alpha is None or alpha.min() == 255:
        values, opacity = _resize(wide, width, height, how), None
    else:
        weights = alpha.astype(np.float32) / 255
        shown = _resize(weights, width, height, how)
        exact: npt.NDArray[Any] = wide.astype(np.float64 if wide.dtype.itemsize > 2 else np.float32)
        weighted = exact * weights[:, :, None]
        values = _resize(weighted, width, height, how) / np.maximum(shown, 1e-6)
        opacity = np.rint(shown[:, :, 0] * 255).astype(np.uint8)
    if values.dtype != kind:
        values = _as_type(values, kind)
    return Part(values, opacity)


def _resize(pixels: npt.NDArray[Any], width: int, height: int, how: int) -> npt.NDArray[Any]:
    return np.atleast_3d(cv2.resize(np.ascontiguousarray(pixels), (width, height), interpolation=how))


def _as_type(values: npt.NDArray[Any], kind: np.dtype[Any]) -> npt.NDArray[Any]:
    if kind.kind not in "iu":
        return np.asarray(values, np.uint8 if kind.kind == "b" else kind)
    limits = np.iinfo(kind)
    if values.dtype.kind == "f":
        values = np.rint(values)
    return np.asarray(np.clip(values, limits.min, limits.max), kind)
