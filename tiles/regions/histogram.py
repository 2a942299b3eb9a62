"""Compute histograms of raw values, in large-image's shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tiles.regions.statistics_summary import SummaryOptions, histogram, tally
from tiles.regions.values import Layer
from tiles.regions.zonal_pixels import Counted, Shares, valid_values

DEFAULT_BINS = 256


@dataclass(frozen=True, slots=True)
class HistogramOptions:
    """Say which histogram is wanted.

    ``span``: its range; None: that of all values. ``density``: shares that add up to one over the range.
    """

    bins: int | tuple[float, ...] = DEFAULT_BINS
    span: tuple[float, float] | None = None
    density: bool = False


DEFAULT_OPTIONS = HistogramOptions()


def describe_histograms(counted: Counted, options: HistogramOptions = DEFAULT_OPTIONS) -> list[dict[str, Any]]:
    """Return one histogram for each layer. ``samples`` is the sum of shares where pixels count by these."""
    return [_describe(layer, counted.shares, options) for layer in counted.layers]


def _describe(layer: Layer, shares: Shares | None, options: HistogramOptions) -> dict[str, Any]:
    values, valid_shares = valid_values(layer, shares)
    counted = tally(values, valid_shares)
    whole = layer.values.size if shares is None else float(shares.sum(dtype=np.float64))
    percent = round(min(100.0, 100 * counted.mass / whole), 2) if whole else 0.0
    document: dict[str, Any] = {"band": layer.name, "valid_percent": percent}
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
        "samples": int(values.size) if shares is None else counted.mass,
    }


def _density(counts: Sequence[float], edges: Sequence[float]) -> list[float]:
    total = sum(counts)
    widths = np.diff(edges)
    return [count / total / width if total else 0.0 for count, width in zip(counts, widths.tolist(), strict=True)]
