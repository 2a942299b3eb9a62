"""Apply custom color maps: the ``colormap`` parameter, a JSON document that gives colors to values.

- ``{"1": "#ff0000", "2": [0, 0, 255, 128]}``: exactly these values; all others are transparent.
  So it is with ``colormap_type=explicit``, ``exact`` or ``discrete``.
- the same with ``colormap_type=linear``: stops, with colors interpolated in between.
- ``[[[0, 100], "#ff0000"], [[100, 200], "blue"]]``: intervals from a value up to, not including, another.

Values are raw ones, or 0-255 where they are rescaled first.
"""

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.errors import InvalidParameter
from tiles.styling.colormaps import Color, parse_color

# What `colormap_type` takes.
KINDS = ("explicit", "exact", "discrete", "linear", "intervals")
MAX_ENTRIES = 1024

Pixels = npt.NDArray[Any]


@dataclass(frozen=True)
class ValueColors:
    """Hold colors of values. ``kind``: exact, linear, or intervals, from ``values`` to ``ends``; ascending."""

    kind: str
    values: tuple[float, ...]
    colors: tuple[Color, ...]
    ends: tuple[float, ...] = ()

    @property
    def is_smooth(self) -> bool:
        return self.kind == "linear"


def parse_value_colors(text: str, kind: str = "") -> ValueColors:
    """Parse the ``colormap`` parameter. ``kind``: the ``colormap_type`` parameter. Raises InvalidParameter."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidParameter("colormap is no JSON document") from None
    if not isinstance(document, dict | list) or not document:
        raise InvalidParameter("colormap is an object of values and colors, or a list of intervals and colors")
    if len(document) > MAX_ENTRIES:
        raise InvalidParameter(f"colormap has {len(document)} entries; the limit is {MAX_ENTRIES}")
    return _intervals(document, kind) if isinstance(document, list) else _values(document, kind)


def _values(document: dict[str, Any], kind: str) -> ValueColors:
    if kind == "intervals":
        raise InvalidParameter("colormap_type=intervals needs a list of intervals")
    entries = sorted((_number(key), parse_color(value, name="colormap")) for key, value in document.items())
    values, colors = tuple(entry[0] for entry in entries), tuple(entry[1] for entry in entries)
    if len(set(values)) != len(values):
        raise InvalidParameter("colormap names a value twice")
    return ValueColors("linear" if kind == "linear" else "exact", values, colors)


def _intervals(document: list[Any], kind: str) -> ValueColors:
    # TiTiler calls so whatever isn't linear.
    if kind not in ("", "explicit", "intervals"):
        raise InvalidParameter(f"A list of intervals doesn't go with colormap_type={kind}")
    entries = sorted(_interval(entry) for entry in document)
    for before, after in pairwise(entries):
        if after[0] < before[1]:
            raise InvalidParameter(f"colormap: the intervals at {after[0]:g} overlap")
    starts, ends, colors = (tuple(entry[i] for entry in entries) for i in range(3))
    return ValueColors("intervals", starts, colors, ends)  # type: ignore[arg-type]  # three kinds of tuples


def _interval(entry: Any) -> tuple[float, float, Color]:
    is_pair = isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], list) and len(entry[0]) == 2
    if not is_pair:
        raise InvalidParameter("colormap: an interval is written [[from, to], color]")
    (start, end), color = entry
    low, high = _number(start), _number(end)
    if not low < high:
        raise InvalidParameter(f"colormap: an interval goes from a lower to a higher value, not {low:g} to {high:g}")
    return low, high, parse_color(color, name="colormap")


def _number(value: Any) -> float:
    try:
        # Strings are the only keys that JSON has.
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise InvalidParameter(f"colormap: {str(value)[:30]!r} is not a finite number")
    return found


def indexes_of(values: Pixels, colors: ValueColors) -> npt.NDArray[np.intp]:
    """Return which entry of ``colors`` (exact, intervals) each value has; their number for those that have none."""
    starts = np.array(colors.values)
    if values.dtype.kind == "f":
        # 0.1 in single precision is another number, and 1e300 is endless.
        with np.errstate(over="ignore"):
            starts = starts.astype(values.dtype)
    found = np.searchsorted(starts, values, side="right") - 1
    at = np.maximum(found, 0)
    known = values == starts[at] if colors.kind == "exact" else values < np.array(colors.ends)[at]
    return np.where((found >= 0) & known, found, len(starts))


def colors_of(values: Pixels, colors: ValueColors) -> npt.NDArray[np.uint8]:
    """Return red, green, blue and alpha of each value, (…, 4)."""
    table = np.array([*colors.colors, (0, 0, 0, 0)], np.uint8)
    if colors.kind != "linear":
        return np.asarray(table[indexes_of(values, colors)])
    channels = [np.interp(values, colors.values, table[:-1, channel]) for channel in range(4)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
