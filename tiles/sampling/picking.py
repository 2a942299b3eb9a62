"""Read every n-th pixel of a band: those that GDAL picks, in a quarter of the time it takes to go to each."""

from typing import Any

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.intp]

# An overview may be coarser than what is asked for by this factor. Formula: GDALBandGetBestOverviewLevel2, of nearest
# neighbours, so that the pixels are those that every program on GDAL looks at.
COARSER = 1.2
# Pixels that are read for one that is picked. Where it takes more, without overviews, GDAL does it, which keeps none.
MOST_READ = 8


def read_picked(band: Any, window: tuple[int, int, int, int], size: tuple[int, int]) -> npt.NDArray[Any]:
    """Read a window (left, top, width, height) of a band decimated or enlarged to ``size`` (width, height).

    Raises RuntimeError (GDAL's) when pixels can't be decoded.
    """
    left, top, width, height = window
    level = _fitting(band, min(width / size[0], height / size[1]))
    columns = _places(left, width, size[0], whole=band.XSize, reduced=level.XSize)
    rows = _places(top, height, size[1], whole=band.YSize, reduced=level.YSize)
    first_column, first_row = int(columns[0]), int(rows[0])
    across, down = int(columns[-1]) - first_column + 1, int(rows[-1]) - first_row + 1
    is_worth_it = size[0] * size[1] < across * down <= MOST_READ * size[0] * size[1]
    if not is_worth_it:
        return np.asarray(band.ReadAsArray(*window, buf_xsize=size[0], buf_ysize=size[1]))
    values = np.asarray(level.ReadAsArray(first_column, first_row, across, down))
    return values.take(rows - first_row, axis=0).take(columns - first_column, axis=1)


def _fitting(band: Any, ratio: float) -> Any:
    """Return the coarsest of a band and its overviews that GDAL would take for ``ratio`` pixels in one."""
    best, best_factor = band, 1.0
    for number in range(band.GetOverviewCount()):
        overview = band.GetOverview(number)
        if overview is None or overview.XSize > band.XSize or overview.YSize > band.YSize:
            continue
        factor = min(band.XSize / overview.XSize, band.YSize / overview.YSize)
        if best_factor < factor < ratio * COARSER:
            best, best_factor = overview, factor
    return best


def _places(start: int, length: int, count: int, *, whole: int, reduced: int) -> Places:
    """Return the pixels in the middle of ``count`` equal parts of ``reduced`` pixels. Formula: GDAL's RasterIO."""
    factor = whole / reduced
    first = min(reduced - 1, int(start / factor + 0.5))
    step = min(max(1, int(length / factor + 0.5)), reduced - first) / count
    # Added up as GDAL adds them up, so that ties fall alike.
    middles = np.full(count, step)
    middles[0] = first + 0.5 * step + 1e-10
    places: Places = np.cumsum(middles).astype(np.intp)
    return places
