"""Hold pixels that statistics are made of, each counted in full or by the share of it that lies inside a zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.regions.statistics_summary import DEFAULT_OPTIONS, SummaryOptions, summarize_values
from tiles.regions.values import Layer
from tiles.sources.protocol import Values

Shares = npt.NDArray[np.float32]
Documents = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Counted:
    """Hold the layers to count. ``shares``: how much each pixel counts, flat, as the layers then are; None: in full."""

    layers: Sequence[Layer]
    shares: Shares | None = None


def summarize(counted: Counted, *, options: SummaryOptions = DEFAULT_OPTIONS) -> Documents:
    """Return statistics by the layers' names."""
    return {layer.name: _summary(layer, counted.shares, options=options) for layer in counted.layers}


def valid_values(layer: Layer, shares: Shares | None) -> tuple[Values, Shares | None]:
    """Return the layer's values that aren't missing, flat, and the shares of these."""
    if layer.valid is None:
        return layer.values.ravel(), shares
    return layer.values[layer.valid], None if shares is None else shares[layer.valid]


def empty_statistics(names: Sequence[str], *, options: SummaryOptions) -> Documents:
    """Return the statistics of a polygon that doesn't touch the image, where others of its collection do."""
    nothing = [Layer(name, np.zeros(0), None) for name in names]
    return summarize(Counted(nothing, np.zeros(0, np.float32)), options=options)


def _summary(layer: Layer, shares: Shares | None, *, options: SummaryOptions) -> dict[str, Any]:
    covered = float(layer.values.size if shares is None else shares.sum(dtype=np.float64))
    values, valid_shares = valid_values(layer, shares)
    document = summarize_values(values, valid_shares, covered=covered, options=options)
    return document | {"masked_pixels": float(layer.values.size - values.size)}
