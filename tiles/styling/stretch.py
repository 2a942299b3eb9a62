"""Find where black and white lie by a band's statistics: percentiles, standard deviations, extremes."""

import math
from dataclasses import dataclass

import numpy as np

from tiles.errors import InvalidParameter
from tiles.sources.statistics import BandStatistics

# What a value of `Bound.kind` takes: percentiles 0-100, deviations from the mean.
MAX_DEVIATIONS = 100.0
DEFAULT_PERCENTILES = (2.0, 98.0)
DEFAULT_DEVIATIONS = 2.0
BYTE_RANGE = (0.0, 255.0)
FULL_RANGES = {"UInt16": 65535.0, "Float32": 1.0, "Float64": 1.0}
# GDAL's name, and what slides say of theirs.
BYTES = ("Byte", "")
_WORDS = ("auto", "min", "max", "full")


@dataclass(frozen=True, slots=True)
class Bound:
    """Hold one end of a stretch.

    ``kind``: value (``number`` itself), percentile, stddev (deviations from the mean), auto (0 or 255 where values are
    bytes, else the extreme), full (what the type holds). ``is_high``: which end, for auto and full.
    """

    kind: str
    number: float = 0.0
    is_high: bool = False


Stretch = tuple[Bound, Bound]


def parse_stretch(text: str) -> Stretch:
    """Read ``minmax``, ``percentile``, ``percentile:1,99``, ``stddev`` or ``stddev:2.5``. Raises InvalidParameter."""
    kind, _, listed = text.lower().partition(":")
    numbers = [_number("stretch", part) for part in listed.split(",")] if listed else []
    if kind == "minmax" and not numbers:
        return Bound("percentile", 0.0), Bound("percentile", 100.0)
    if kind == "percentile" and len(numbers) in (0, 2):
        low, high = numbers or DEFAULT_PERCENTILES
        if not 0 <= low < high <= 100:
            raise InvalidParameter(f"stretch: percentiles go from a lower to a higher one within 0-100, not {listed!r}")
        return Bound("percentile", low), Bound("percentile", high)
    if kind == "stddev" and len(numbers) <= 1:
        count = numbers[0] if numbers else DEFAULT_DEVIATIONS
        if not 0 < count <= MAX_DEVIATIONS:
            raise InvalidParameter(f"stretch: standard deviations are above 0 and at most {MAX_DEVIATIONS:g}")
        return Bound("stddev", -count), Bound("stddev", count)
    raise InvalidParameter(f"stretch is minmax, percentile:2,98 or stddev:2, not {text[:40]!r}")


def parse_bound(name: str, text: str | float, *, is_high: bool) -> Bound:
    """Read an end as large-image writes it: a number, ``auto``, ``min``, ``max``, ``full``, ``min:0.02``, ``max:0.02``.

    ``auto:0.02`` is the end's own extreme without that share of the values. Raises InvalidParameter.
    """
    if isinstance(text, int | float):
        return Bound("value", _number(name, str(text)))
    word, _, share = text.strip().lower().partition(":")
    if word not in _WORDS:
        return Bound("value", _number(name, text))
    if word in ("auto", "full") and not share:
        return Bound(word, is_high=is_high)
    if word == "full":
        raise InvalidParameter(f"{name}: full takes no share of values")
    fraction = _number(name, share) if share else 0.0
    if not 0 <= fraction < 1:
        raise InvalidParameter(f"{name}: the share of values to leave out is within 0-1, not {share!r}")
    is_max = is_high if word == "auto" else word == "max"
    return Bound("percentile", 100 * (1 - fraction) if is_max else 100 * fraction)


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidParameter(f"{name} must be a finite number, not {text[:40]!r}")
    return value


def needs_statistics(stretch: Stretch) -> bool:
    return any(bound.kind not in ("value", "full") for bound in stretch)


def stretch_range(
    stretch: Stretch, found: BandStatistics | None, *, type_name: str, scale: tuple[float, float] = (1.0, 0.0)
) -> tuple[float, float]:
    """Return (low, high) of a band with these statistics (None: no valid pixel). ``type_name``: GDAL's.

    ``scale``: factor and offset that have been applied to the values but not to their statistics. Ends
    that coincide are moved apart, so that a band of one value is gray. Raises InvalidParameter when numbers that were
    given are the wrong way round.
    """
    low, high = (_scaled(bound, found, type_name=type_name, scale=scale) for bound in stretch)
    if low > high and any(bound.kind == "value" for bound in stretch):
        raise InvalidParameter(f"min is {low:g}, which is above max, {high:g}")
    return (low, high) if low < high else widened(low)


def widened(value: float) -> tuple[float, float]:
    """Return a range around a single value: half of one to each side, or as far as its digits tell apart."""
    half = max(0.5, abs(value) * 2.0**-50)
    return value - half, value + half


def _scaled(bound: Bound, found: BandStatistics | None, *, type_name: str, scale: tuple[float, float]) -> float:
    """Return where an end lies among the scaled values; numbers that were given are among them already."""
    if bound.kind == "value":
        return bound.number
    factor, offset = scale
    return _resolve(_mirrored(bound) if factor < 0 else bound, found, type_name) * factor + offset


def _mirrored(bound: Bound) -> Bound:
    """Return the end of the raw values that a negative scale turns into this one: the largest becomes the least."""
    number = 100 - bound.number if bound.kind == "percentile" else -bound.number
    return Bound(bound.kind, number, is_high=not bound.is_high)


def _resolve(bound: Bound, found: BandStatistics | None, type_name: str) -> float:
    if bound.kind == "value":
        return bound.number
    if bound.kind == "full":
        return FULL_RANGES.get(type_name, BYTE_RANGE[1]) if bound.is_high else 0.0
    if found is None:
        return float(bound.is_high or bound.number > 0)
    if bound.kind == "stddev":
        return found.mean + bound.number * found.stddev
    if bound.kind == "auto":
        if type_name in BYTES and found.maximum >= 2 and 0 <= found.minimum < BYTE_RANGE[1]:
            return BYTE_RANGE[bound.is_high]
        return found.maximum if bound.is_high else found.minimum
    return percentile(found, bound.number)


def percentile(found: BandStatistics, share: float) -> float:
    """Return the value below which ``share`` percent lie: as stored, else from the histogram, to a bucket's width."""
    known = {0.0: found.minimum, 2.0: found.percentile_2, 98.0: found.percentile_98, 100.0: found.maximum}
    if share in known:
        return known[share]
    counts = np.cumsum((0, *found.histogram_counts))
    edges = np.linspace(found.histogram_min, found.histogram_max, len(counts))
    return float(np.interp(share / 100 * counts[-1], counts, edges))
