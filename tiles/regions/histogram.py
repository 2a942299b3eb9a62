"""Histograms of raw values, of every n-th pixel, in large-image's shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .statistics_summary import SummaryOptions, histogram, tally
from .values import Layer

DEFAULT_BINS = 256


@dataclass(frozen=True, slots=True)
class HistogramOptions:
    """``span``: from where to where; None: all values. ``density``: shares that add up to one over the range."""

    bins: int | tuple[float, ...] = DEFAULT_BINS
    span: tuple[float, float] | None = None
    density: bool = False


def describe_histogram(layer: Layer, options: HistogramOptions) -> dict[str, Any]:
    values = layer.values.ravel() if layer.valid is None else layer.values[layer.valid]
    counted = tally(values)
    document: dict[str, Any] = {"band": layer.name, "valid_percent": round(100 * values.size / layer.values.size, 2)}
    if not values.size:
        return document | {"samples": 0, "hist": [], "bin_edges": [], "bins": 0, "range": None}
    low, high = float(counted.values[0]), float(counted.values[-1])
    # A bucket for each whole number, as large-image has it, the largest included.
    span = options.span or (low, high + 1 if values.dtype.kind in "iu" else high)
    counts, edges = histogram(counted, SummaryOptions(bins=options.bins, span=span))
    if options.density:
        counts = _density(counts, edges)
    mean = float(counted.values @ counted.masses / counted.mass)
    deviation = float(np.sqrt((counted.values - mean) ** 2 @ counted.masses / counted.mass))
    return document | {
        "min": low,
        "max": high,
        "mean": mean,
        "stdev": deviation,
        "range": [edges[0], edges[-1]],
        "hist": counts,
        "bins": len(counts),
        "bin_edges": edges,
        "samples": int(values.size),
    }


def _density(counts: Sequence[float], edges: Sequence[float]) -> list[float]:
    total = sum(counts)
    widths = np.diff(edges)
    return [count / total / width if total else 0.0 for count, width in zip(counts, widths.tolist(), strict=True)]
