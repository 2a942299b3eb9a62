"""Measure statistics of one band by its overviews or a bounded sample: a huge file costs no more than a small one."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# Pixels looked at. A megapixel puts the percentiles of smooth data within a fraction of a percent.
DEFAULT_SAMPLE_PIXELS = 2**20
HISTOGRAM_BUCKETS = 256
# Pixels up to which a raster without fitting overviews is gone through: a whole satellite scene, in seconds. Of larger
# ones so many windows are read, and pixels decoded for them: 300 bytes may stand for billions.
MOST_DECIMATED = 2**29
MOST_WINDOWS = 64
MOST_DECODED = 2**28
# Seconds after which no further window is read.
MOST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class BandStatistics:
    """Hold statistics of the valid pixels of one band, in the band's own units (before scale and offset).

    ``histogram_counts`` are the pixels of equal-width buckets from ``histogram_min`` to ``histogram_max``;
    ``valid_percent`` is 0-100.
    """

    minimum: float
    maximum: float
    mean: float
    stddev: float
    percentile_2: float
    percentile_98: float
    histogram_counts: tuple[int, ...]
    histogram_min: float
    histogram_max: float
    valid_percent: float


def read_sample(
    dataset: Any, band: int, *, max_pixels: int = DEFAULT_SAMPLE_PIXELS
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Read a decimated copy of a band and which of its pixels are valid, both (rows, columns).

    Of the band and its overviews, the smallest that holds at least ``max_pixels`` (or half: powers of two); windows of
    one that is too large. Complex values come as their amplitude. Raises RuntimeError (GDAL's) when pixels can't be
    decoded.
    """
    full = raster = dataset.GetRasterBand(band)
    for index in range(full.GetOverviewCount()):
        overview = full.GetOverview(index)
        fits = overview is not None and overview.XSize * overview.YSize >= max_pixels // 2
        if fits and overview.XSize * overview.YSize < raster.XSize * raster.YSize:
            raster = overview
    if raster.XSize * raster.YSize > MOST_DECIMATED:
        values, valid = _read_windows(raster, max_pixels=max_pixels, bands=dataset.RasterCount)
    else:
        factor = max(1.0, (raster.XSize * raster.YSize / max_pixels) ** 0.5)
        size = {"buf_xsize": max(1, int(raster.XSize / factor)), "buf_ysize": max(1, int(raster.YSize / factor))}
        values = raster.ReadAsArray(**size)
        # A mask's decimation takes the same pixels as the values', nearest neighbours both.
        valid = raster.GetMaskBand().ReadAsArray(**size) > 0
    if np.iscomplexobj(values):
        values = np.abs(values)
    return values, valid & np.isfinite(values)


def _read_windows(raster: Any, *, max_pixels: int, bands: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Read square windows all over a raster that is too large to be gone through, at its full resolution.

    As many are read as decode a bounded number of pixels in all bands: blocks of some files are huge.
    """
    width, height = raster.GetBlockSize()
    count = int(min(MOST_WINDOWS, max(1, MOST_DECODED // (width * height * bands))))
    side = min(raster.XSize, raster.YSize, max(1, int((max_pixels / count) ** 0.5)))
    across = max(1, int(count**0.5))
    places = [
        (int((raster.XSize - side) * (column + 0.5) / across), int((raster.YSize - side) * (row + 0.5) / across))
        for row in range(across)
        for column in range(across)
    ]
    mask, end = raster.GetMaskBand(), time.monotonic() + MOST_SECONDS
    values, valid = [], []
    for x, y in places:
        values.append(raster.ReadAsArray(x, y, side, side))
        valid.append(mask.ReadAsArray(x, y, side, side) > 0)
        if time.monotonic() > end:
            break
    return np.concatenate(values), np.concatenate(valid)


def summarize(values: npt.NDArray[Any], *, total: int, buckets: int = HISTOGRAM_BUCKETS) -> BandStatistics | None:
    """Compute statistics of an array of valid values among ``total`` pixels; None when there are none."""
    if values.size == 0:
        return None
    low, high = float(values.min()), float(values.max())
    percentile_2, percentile_98 = np.percentile(values, (2, 98))
    edges = (low, high if high > low else low + 1)
    counts, _ = np.histogram(values.astype(np.float64, copy=False), bins=buckets, range=edges)
    return BandStatistics(
        minimum=low,
        maximum=high,
        mean=float(values.mean(dtype=np.float64)),
        stddev=float(values.std(dtype=np.float64)),
        percentile_2=float(percentile_2),
        percentile_98=float(percentile_98),
        histogram_counts=tuple(counts.tolist()),
        histogram_min=edges[0],
        histogram_max=edges[1],
        valid_percent=100 * values.size / total,
    )
