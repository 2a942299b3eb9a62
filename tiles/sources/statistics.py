"""Measure statistics of one band by its overviews or a bounded sample: a huge file costs no more than a small one."""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.sources.validity import LONG, Validity, as_type, band_type, known_values, own_nodata, read_level

# Left, top, width, height in pixels.
Window = tuple[int, int, int, int]
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
LARGE = 1e100
# Types of so few values that counting each tells as much as sorting them, in a tenth of the time.
COUNTED = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.int16))


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
    dataset: Any, band: int, *, max_pixels: int = DEFAULT_SAMPLE_PIXELS, nodata: float | None = None
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Read a decimated copy of a band and which of its pixels are valid, both (rows, columns).

    Of the band and its overviews, the smallest that holds at least ``max_pixels`` (or half: powers of two); windows of
    one that is too large. Complex values come as their amplitude. ``nodata``: a value that is missing instead of those
    that the file says are. Raises RuntimeError (GDAL's) when pixels can't be decoded.
    """
    full = raster = dataset.GetRasterBand(band)
    for index in range(full.GetOverviewCount()):
        overview = full.GetOverview(index)
        fits = overview is not None and overview.XSize * overview.YSize >= max_pixels // 2
        if fits and overview.XSize * overview.YSize < raster.XSize * raster.YSize:
            raster = overview
    if raster.XSize * raster.YSize > MOST_DECIMATED:
        windows, size = _sample_windows(raster, max_pixels=max_pixels, bands=dataset.RasterCount)
    else:
        factor = max(1.0, (raster.XSize * raster.YSize / max_pixels) ** 0.5)
        windows = [(0, 0, raster.XSize, raster.YSize)]
        size = max(1, int(raster.XSize / factor)), max(1, int(raster.YSize / factor))
    read, end = [], time.monotonic() + MOST_SECONDS
    for window in windows:
        read.append(raster.ReadAsArray(*window, buf_xsize=size[0], buf_ysize=size[1]))
        if time.monotonic() > end:
            break
    windows, values = windows[: len(read)], np.concatenate(read)
    _, kind = band_type(full)
    if values.dtype != kind:
        values = as_type(values, kind)
    nothing = full.GetNoDataValue() if nodata is None else nodata
    known = None
    if nothing is not None or kind.kind == "f":
        known = known_values(values, own_nodata(nothing, kind))
    valid = np.ones(values.shape, np.bool_) if known is None else known
    hiding = Validity(dataset)
    if nodata is None and hiding.hides:
        # Their decimation takes the same pixels as the values', nearest neighbours both.
        level = (raster.XSize, raster.YSize)
        shown = [hiding.opacity(read_level(window, size, level), band=band) for window in windows]
        valid &= np.concatenate([np.full(size[::-1], 255, np.uint8) if one is None else one for one in shown]) > 0
    return values, valid


def _sample_windows(raster: Any, *, max_pixels: int, bands: int) -> tuple[list[Window], tuple[int, int]]:
    """Choose square windows all over a raster that is too large to be gone through, and their size (width, height).

    They are read at full resolution; as many as decode a bounded number of pixels in all bands: blocks of some files
    are huge.
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
    return [(x, y, side, side) for x, y in places], (side, side)


def summarize(values: npt.NDArray[Any], *, total: int, buckets: int = HISTOGRAM_BUCKETS) -> BandStatistics | None:
    """Compute statistics of an array of valid values among ``total`` pixels; None when there are none."""
    if values.size == 0:
        return None
    if values.dtype in COUNTED:
        return _summarize_counts(values, total=total, buckets=buckets)
    least, low, high = values.min(), float(values.min()), float(values.max())
    # Integers of 64 bits are counted from the least: no float has all of their digits. Squares of what is very large
    # are infinite: of shares of it they aren't.
    is_long = values.dtype.kind in "iu" and values.dtype.itemsize == LONG
    base = int(least) if is_long else 0
    unit = largest if not is_long and (largest := max(abs(low), abs(high))) > LARGE else 1.0
    above = (values - least).view(np.uint64) if is_long else values
    measured = above.astype(np.float64) / unit if is_long or unit != 1.0 else values
    percentile_2, percentile_98 = np.percentile(measured, (2, 98)) * unit + base
    # Of a single value, as far on as its digits tell apart.
    edges = (low, high if high > low else low + max(1.0, abs(low) * 2.0**-50))
    first, last = float(measured.min()), float(measured.max())
    counts, _ = np.histogram(
        measured.astype(np.float64, copy=False), bins=buckets, range=(first, last if last > first else first + 1)
    )
    return BandStatistics(
        minimum=low,
        maximum=high,
        mean=float(measured.mean(dtype=np.float64)) * unit + base,
        stddev=float(measured.std(dtype=np.float64)) * unit,
        percentile_2=float(percentile_2),
        percentile_98=float(percentile_98),
        histogram_counts=tuple(counts.tolist()),
        histogram_min=edges[0],
        histogram_max=edges[1],
        valid_percent=100 * values.size / total,
    )


def _summarize_counts(values: npt.NDArray[Any], *, total: int, buckets: int) -> BandStatistics:
    """Compute what `summarize` does of integers of at most 16 bits, by how often each value comes."""
    least = int(values.min())
    counts = np.bincount(values.ravel() if least >= 0 else values.ravel().astype(np.intp) - least)
    present = np.flatnonzero(counts)
    counts, distinct = counts[present], (present + min(least, 0)).astype(np.float64)
    size, low, high = int(values.size), float(distinct[0]), float(distinct[-1])
    last = high if high > low else low + 1
    histogram, _ = np.histogram(distinct, bins=buckets, range=(low, last), weights=counts)
    mean = float(np.dot(distinct, counts)) / size
    # Interpolated as `np.percentile` does.
    cumulative, places = np.cumsum(counts), np.array([0.02, 0.98]) * (size - 1)
    below = np.floor(places)
    before = distinct[np.searchsorted(cumulative, below, side="right")]
    after = distinct[np.searchsorted(cumulative, np.minimum(below + 1, size - 1), side="right")]
    percentile_2, percentile_98 = (before + (after - before) * (places - below)).tolist()
    return BandStatistics(
        minimum=low,
        maximum=high,
        mean=mean,
        stddev=math.sqrt(float(np.dot((distinct - mean) ** 2, counts)) / size),
        percentile_2=percentile_2,
        percentile_98=percentile_98,
        histogram_counts=tuple(histogram.astype(np.int64).tolist()),
        histogram_min=low,
        histogram_max=high if high > low else low + max(1.0, abs(low) * 2.0**-50),
        valid_percent=100 * size / total,
    )
