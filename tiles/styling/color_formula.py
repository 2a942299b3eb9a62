"""Apply a ``color_formula``: gamma, sigmoidal contrast and saturation, in rio-color's spelling.

``gamma RGB 1.8, sigmoidal RGB 6 0.4, saturation 1.2``: each operation names the channels it changes. Whatever works on
one channel alone becomes a table of 256 entries, so that any number of operations costs as much as one.

Formulas: rio-color 1.0, operations (gamma: ``v ** (1 / g)``; sigmoidal as ImageMagick's; saturation in CIE LCh).
"""

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from tiles.errors import InvalidParameter

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

MAX_OPERATIONS = 12
RANGES = {
    "gamma": ((0.01, 100.0, "gamma"),),
    "sigmoidal": ((-100.0, 100.0, "contrast"), (0.0, 1.0, "bias")),
    "saturation": ((0.0, 10.0, "proportion"),),
}
_WORD = re.compile(r"[^\s,]+")
_CHANNELS = re.compile(r"[rgb]{1,3}")


@dataclass(frozen=True)
class Operation:
    """Hold one operation of a formula. ``channels``: indexes of red, green, blue; none for saturation."""

    name: str
    channels: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def text(self) -> str:
        channels = ["".join("RGB"[i] for i in self.channels)] if self.channels else []
        return " ".join([self.name, *channels, *(f"{value:g}" for value in self.values)])


@dataclass(frozen=True)
class Formula:
    """Hold a parsed formula. ``steps``: a table (3, 256), or a number by which saturation is multiplied, each."""

    text: str
    steps: tuple[Bytes | float, ...] = field(compare=False)


@lru_cache(maxsize=256)
def parse_formula(text: str) -> Formula:
    """Parse a ``color_formula``. Raises InvalidParameter, naming the operation."""
    words = _WORD.findall(text.lower())
    operations: list[Operation] = []
    while words:
        if len(operations) == MAX_OPERATIONS:
            raise InvalidParameter(f"color_formula has more than {MAX_OPERATIONS} operations")
        operations.append(_take_operation(words))
    if not operations:
        raise InvalidParameter("color_formula names no operation")
    return Formula(", ".join(one.text for one in operations), _steps(operations))


def _take_operation(words: list[str]) -> Operation:
    name = words.pop(0)
    if name not in RANGES:
        raise InvalidParameter(f"color_formula knows {', '.join(RANGES)}, not {name[:30]!r}")
    channels: tuple[int, ...] = ()
    if name != "saturation":
        letters = words.pop(0) if words else ""
        if not _CHANNELS.fullmatch(letters):
            raise InvalidParameter(f"color_formula: {name} needs channels out of RGB, not {letters[:30]!r}")
        channels = tuple(sorted({"rgb".index(letter) for letter in letters}))
    return Operation(name, channels, tuple(_take_number(words, name, *limits) for limits in RANGES[name]))


def _take_number(words: list[str], operation: str, lowest: float, highest: float, what: str) -> float:
    word = words.pop(0) if words else ""
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        raise InvalidParameter(
            f"color_formula: {operation}'s {what} is within {lowest:g} - {highest:g}, not {word[:30]!r}"
        )
    return value


def _steps(operations: list[Operation]) -> tuple[Bytes | float, ...]:
    steps: list[Bytes | float] = []
    tables: Floats | None = None
    for one in operations:
        if one.channels:
            tables = np.tile(np.linspace(0, 1, 256), (3, 1)) if tables is None else tables
            for channel in one.channels:
                tables[channel] = _curve(one, tables[channel])
            continue
        if tables is not None:
            steps.append(_quantized(tables))
            tables = None
        steps.append(one.values[0])
    return tuple(steps if tables is None else [*steps, _quantized(tables)])


def _quantized(tables: Floats) -> Bytes:
    return np.rint(np.clip(tables, 0, 1) * 255).astype(np.uint8)


def _curve(operation: Operation, values: Floats) -> Floats:
    """Apply an operation to ``values`` within 0-1."""
    if operation.name == "gamma":
        return np.asarray(values ** (1 / operation.values[0]))
    contrast, bias = operation.values
    return _sigmoid(values, contrast, bias) if contrast else values


def _sigmoid(values: Floats, contrast: float, bias: float) -> Floats:
    """Raise contrast around ``bias``; lower it, by the inverse function, for a negative ``contrast``."""
    steepness = abs(contrast)

    def raw(value: Floats | float) -> Floats:
        return np.asarray(1 / (1 + np.exp(steepness * (bias - np.asarray(value)))))

    low, high = raw(0.0), raw(1.0)
    if contrast > 0:
        return np.asarray((raw(values) - low) / (high - low))
    with np.errstate(divide="ignore"):
        return np.asarray(bias - np.log(1 / (values * (high - low) + low) - 1) / steepness)


def apply_formula(pixels: Bytes, formula: Formula) -> Bytes:
    """Apply a formula to pixels (rows, columns, 1 or 3). One channel counts as red, and has no saturation."""
    for step in formula.steps:
        if isinstance(step, np.ndarray):
            pixels = _look_up(pixels, step)
        elif pixels.shape[2] == len("RGB"):
            pixels = _saturate(pixels, step)
    return pixels


def _look_up(pixels: Bytes, tables: Bytes) -> Bytes:
    count = pixels.shape[2]
    if count == 1:
        return np.asarray(cv2.LUT(np.ascontiguousarray(pixels[:, :, 0]), tables[0]))[:, :, None].astype(np.uint8)
    table = np.ascontiguousarray(tables.T)[None]
    return np.asarray(cv2.LUT(np.ascontiguousarray(pixels), table), dtype=np.uint8)


def _saturate(pixels: Bytes, proportion: float) -> Bytes:
    lab = cv2.cvtColor(np.ascontiguousarray(pixels).astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    lab[:, :, 1:] *= proportion
    return np.asarray(cv2.convertScaleAbs(np.maximum(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), 0), alpha=255), np.uint8)
