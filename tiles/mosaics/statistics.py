"""Pool one band's statistics in many images, as if they were one."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tiles.sources.statistics import BandStatistics

# Buckets of the common histogram while percentiles are looked up: images may lie far apart in brightness.
FINE_BUCKETS = 4096


def pool_statistics(found: Sequence[BandStatistics]) -> BandStatistics:
    """Pool statistics of several images, exact to a bucket's width; each image weighs by its sampled pixels."""
    weights = np.array([max(1, sum(one.histogram_counts)) for one in found], np.float64)
    weights /= weights.sum()
    low, high = min(one.minimum for one in found), max(one.maximum for one in found)
    mean = float(np.dot(weights, [one.mean for one in found]))
    squares = float(np.dot(weights, [one.stddev**2 + (one.mean - mean) ** 2 for one in found]))
    edges = np.linspace(low, high if high > low else low + 1, FINE_BUCKETS + 1)
    shares = np.sum([weight * _shares(one, edges) for weight, one in zip(weights, found, strict=True)], axis=0)
    percentiles = np.interp((0.02, 0.98), shares, edges)
    buckets = len(found[0].histogram_counts) or 1
    counts = np.diff(np.interp(np.linspace(edges[0], edges[-1], buckets + 1), edges, shares))
    pixels = sum(sum(one.histogram_counts) for one in found)
    return BandStatistics(
        minimum=low,
        maximum=high,
        mean=mean,
        stddev=squares**0.5,
        percentile_2=float(percentiles[0]),
        percentile_98=float(percentiles[1]),
        histogram_counts=tuple(int(count) for count in np.rint(counts * pixels)),
        histogram_min=float(edges[0]),
        histogram_max=float(edges[-1]),
        valid_percent=float(np.dot(weights, [one.valid_percent for one in found])),
    )


def _shares(one: BandStatistics, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the share of an image's pixels below each edge, by its histogram."""
    counts = np.cumsum((0, *one.histogram_counts), dtype=np.float64)
    own = np.linspace(one.histogram_min, one.histogram_max, len(counts))
    return np.asarray(np.interp(edges, own, counts / max(1.0, counts[-1]), left=0.0, right=1.0))
