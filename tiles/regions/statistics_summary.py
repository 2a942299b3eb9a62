"""Summarize values, each counted in full or, at the edge of a polygon, by the share of it that lies inside.

Weighted as exactextract defines it; without weights quantiles are NumPy's default, linear interpolation.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
Weights = npt.NDArray[np.floating[Any]]

# Types with so few values that counting each is faster than sorting.
COUNTED = (np.uint8, np.int8, np.uint16, np.int16)
# Values that are worked on at a time.
PART = 2**16


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """Say which statistics are wanted.

    ``bins``: how many buckets of equal width, or their edges. ``span``: the histogram's range; None: all values'.
    ``categories``: the values whose counts make the histogram, all that occur if ``categorical`` is set alone.
    """

    percentiles: tuple[float, ...] = (2.0, 98.0)
    bins: int | tuple[float, ...] = 10
    span: tuple[float, float] | None = None
    categorical: bool = False
    categories: tuple[float, ...] = ()


DEFAULT_OPTIONS = SummaryOptions()


@dataclass(frozen=True, slots=True)
class Tally:
    """Hold distinct values in ascending order, how much there is of each, and how much up to and with each."""

    values: Values
    masses: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64 | np.intp]

    @property
    def mass(self) -> float:
        return float(self.ends[-1]) if self.ends.size else 0.0


def tally(values: Values, weights: Weights | None = None) -> Tally:
    """Count the distinct values of a flat array; with ``weights``, add up the weights of each."""
    if values.dtype in COUNTED and values.size:
        return _counted(values, weights)
    order = None if weights is None else np.argsort(values)
    ascending = np.sort(values) if order is None else values[order]
    last = np.flatnonzero(np.append(ascending[1:] != ascending[:-1], np.ones(min(1, values.size), bool)))
    ends = last + 1
    counts = ends.copy()
    counts[1:] -= ends[:-1]
    if order is None or weights is None or not values.size:
        return Tally(ascending[last], counts.astype(np.float64), ends)
    masses = np.add.reduceat(weights[order].astype(np.float64), ends - counts)
    return Tally(ascending[last], masses, np.cumsum(masses))


def _counted(values: Values, weights: Weights | None) -> Tally:
    offset = min(int(values.min()), 0)
    codes = values.astype(np.int64) - offset if offset else values
    counts = np.bincount(codes)
    seen = np.flatnonzero(counts)
    masses = (counts if weights is None else np.bincount(codes, weights))[seen].astype(np.float64)
    return Tally(seen + offset, masses, np.cumsum(masses))


def summarize_values(
    values: Values, weights: Weights | None = None, *, covered: float, options: SummaryOptions = DEFAULT_OPTIONS
) -> dict[str, Any]:
    """Return statistics of valid values (flat) among ``covered`` pixels, as a document under rio-tiler's names.

    ``weights``: the share of each that counts, above 0. Numbers are None where there are no values.
    """
    found = tally(values, weights)
    names = [f"percentile_{percentile:g}" for percentile in options.percentiles]
    empty = dict.fromkeys(("min", "max", "mean", "count", "sum", "std", "median", "majority", "minority"))
    document: dict[str, Any] = empty | {"count": 0.0, "sum": 0.0, "unique": 0.0} | dict.fromkeys(names)
    if values.size:
        shares = [0.5, *(percentile / 100 for percentile in options.percentiles)]
        middle, *others = _quantiles(found, shares, weighted=weights is not None)
        document |= _moments(found) | {"median": middle} | dict(zip(names, others, strict=True))
    document["histogram"] = histogram(found, options)
    document["valid_percent"] = round(min(100.0, 100 * found.mass / covered), 2) if covered else 0.0
    document["valid_pixels"] = float(values.size)
    return {name: finite(value) for name, value in document.items()}


def finite(value: Any) -> Any:
    """Return None for NaN and infinity (sums of the largest numbers), which JSON can't hold, else the value."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _moments(found: Tally) -> dict[str, float]:
    values, masses, mass = found.values, found.masses, found.mass
    with np.errstate(over="ignore", invalid="ignore"):
        total = sum(float(part @ shares) for part, shares in _parts(found))
        mean = total / mass
        squares = sum(float((part - mean) ** 2 @ shares) for part, shares in _parts(found))
    return {
        "min": float(values[0]),
        "max": float(values[-1]),
        "mean": mean,
        "count": mass,
        "sum": total,
        "std": math.sqrt(max(0.0, squares / mass)),
        # The greatest of several that are equally frequent, as exactextract has it.
        "majority": float(values[::-1][masses[::-1].argmax()]),
        "minority": float(values[masses.argmin()]),
        "unique": float(values.size),
    }


def _parts(found: Tally) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Yield values and masses in parts that stay in the processor's cache while they are worked on."""
    for start in range(0, found.values.size, PART):
        part = slice(start, start + PART)
        yield found.values[part].astype(np.float64), found.masses[part]


def _quantiles(found: Tally, shares: Sequence[float], *, weighted: bool) -> list[float]:
    if not weighted:
        return _plain_quantiles(found, shares)
    sums = found.ends
    last = found.masses.size - 1
    # exactextract's weighted_quantiles.cpp: where each distinct value stands between the first and the last.
    places = np.arange(last + 1) * found.masses
    places[1:] += last * sums[:-1]
    values = found.values.astype(np.float64)
    return [float(np.interp(share * sums[-1] * last, places, values)) for share in shares]


def _plain_quantiles(found: Tally, shares: Sequence[float]) -> list[float]:
    out = []
    for share in shares:
        place = share * (found.mass - 1)
        # Whole numbers, else all ends would be converted to find one.
        around = (math.floor(place), math.ceil(place))
        low, high = (found.values[np.searchsorted(found.ends, whole, side="right")] for whole in around)
        out.append(float(low) + (float(high) - float(low)) * float(place % 1))
    return out


def histogram(found: Tally, options: SummaryOptions) -> list[list[float]]:
    """Return the counts and the edges of buckets, or counts and categories."""
    if options.categorical or options.categories:
        categories = np.array(options.categories or found.values, dtype=np.float64)
        masses = dict(zip(found.values.astype(np.float64).tolist(), found.masses.tolist(), strict=True))
        return [[masses.get(category, 0.0) for category in categories.tolist()], categories.tolist()]
    span = options.span or ((float(found.values[0]), float(found.values[-1])) if found.values.size else (0.0, 1.0))
    if span[0] == span[1]:
        span = (span[0] - 0.5, span[1] + 0.5)
    edges = np.linspace(*span, options.bins + 1) if isinstance(options.bins, int) else np.array(options.bins)
    # Values are in order: how much lies before each edge says how much lies between two. The last one is inside.
    places = np.append(
        np.searchsorted(found.values, edges[:-1]), np.searchsorted(found.values, edges[-1], side="right")
    )
    before = [float(found.ends[place - 1]) if place else 0.0 for place in places.tolist()]
    return [np.diff(before).tolist(), edges.tolist()]
