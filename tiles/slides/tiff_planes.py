"""Tell what the pages of a TIFF are: planes of focus, moments, channels; how these are named, how large a pixel is.

By tifffile, which knows ImageJ's, PerkinElmer's and other writers' ways.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any
from xml.etree import ElementTree as ET

from tiles.slides.ome import MICROMETRES, MOST_PLANES
from tiles.sources.description import LARGEST_PIXEL, UNIT_MICROMETRES
from tiles.styling.planes import Frames

AXES = "ZTC"
IMAGEJ_MICROMETRES = {**MICROMETRES, "micron": 1.0, "microns": 1.0, "µm": 1.0, "inch": 25_400.0, "in": 25_400.0}
IMAGEJ_MICROMETRES.pop("")


def frames_of(series: Any) -> Frames:
    """Return the frames of a `tifffile.TiffPageSeries`. Raises ValueError for too many."""
    leading = [(axis, int(size)) for axis, size in zip(series.axes, series.shape, strict=True) if axis not in "YXS"]
    if len(leading) == 0:
        return Frames()
    count = math.prod(size for _, size in leading)
    if not 1 <= count <= MOST_PLANES:
        raise ValueError("too many planes")
    sizes = dict(leading)
    if len(sizes) < len(leading) or not set(sizes) <= set(AXES):
        # Pages of unknown meaning are told apart by number only.
        return Frames(count, 1, 1, ("",) * count, (), tuple((0, 0, number) for number in range(count)))
    order = [axis for axis, _ in leading]
    steps = [dict(zip(order, numbers, strict=True)) for numbers in product(*(range(sizes[axis]) for axis in order))]
    places = tuple((step.get("Z", 0), step.get("T", 0), step.get("C", 0)) for step in steps)
    channels = sizes.get("C", 1)
    return Frames(count, sizes.get("Z", 1), sizes.get("T", 1), ("",) * channels, (), places)


def named_planes(tiff: Any, frames: Frames) -> Frames:
    """Return the frames with the names and colors that ImageJ or PerkinElmer's QPTIFF gives their channels."""
    if frames.count == 1:
        return frames
    count = len(frames.channels)
    if tiff.is_imagej:
        found = tiff.imagej_metadata or {}
        labels, tables = found.get("Labels") or (), found.get("LUTs") or ()
        names = [str(label) for label in labels] if isinstance(labels, list | tuple) and len(labels) == count else []
        colors = [_last_color(table) for table in tables] if len(tables) == count else []
    elif tiff.is_qpi:
        texts = [page.description for page in list(tiff.pages)[:count]]
        names = [_between(text, "Name") or _between(text, "Biomarker") for text in texts]
        colors = [_decimal_color(_between(text, "Color")) for text in texts]
    else:
        return frames
    padded = [*names, *[""] * count][:count]
    return replace(frames, channels=tuple(padded), colors=tuple(colors))


def _last_color(table: Any) -> str:
    """Return the brightest color of a lookup table (3, 256); empty for gray."""
    red, green, blue = (int(each) for each in table[:, -1])
    return "" if red == green == blue else f"{red:02x}{green:02x}{blue:02x}"


def _between(text: str, name: str) -> str:
    try:
        root = ET.fromstring(text) if "<!" not in text else None  # noqa: S314 -- no entities
    except ET.ParseError:
        return ""
    found = None if root is None else root.find(f".//{name}")
    return "" if found is None else (found.text or "").strip()


def _decimal_color(text: str) -> str:
    parts = [int(part) for part in re.findall(r"\d{1,3}", text)]
    return "".join(f"{part:02x}" for part in parts) if len(parts) == 3 and max(parts) < 256 else ""


def pixel_size(tiff: Any, page: Any) -> tuple[float | None, float | None]:
    """Return a pixel's width and height in micrometres, by the file's resolution; None where it says nothing."""
    unit: float | None
    if tiff.is_imagej:
        name = str((tiff.imagej_metadata or {}).get("unit", "")).strip()
        unit, largest = IMAGEJ_MICROMETRES.get(name), math.inf
    else:
        unit, largest = UNIT_MICROMETRES.get(str(_number(page, 296))), LARGEST_PIXEL
    across, down = (_size(page, tag, unit) for tag in (282, 283))
    if across is None or down is None or max(across, down) > largest:
        return None, None
    return across, down


def _number(page: Any, code: int) -> int:
    found = page.tags.get(code)
    return 0 if found is None else int(found.value)


def _size(page: Any, code: int, unit: float | None) -> float | None:
    found = page.tags.get(code)
    value: Sequence[Any] = found.value if found is not None and isinstance(found.value, tuple) else ()
    if unit is None or len(value) != 2 or not (value[0] and value[1]):
        return None
    return float(unit * value[1] / value[0])
