"""Judges of tiles that approximate nothing.

Without resampling each pixel has to be the source pixel that its own position falls into, by GDAL's transformer for
each pixel; one whose position is within `SLACK` of the border between source pixels may be its neighbour. Which
overview was read is found by trying all. With resampling the judge is GDAL's warper, its error threshold 0.
"""

from typing import Any

import numpy as np
from osgeo import gdal

from tiles.georeference import transformer_options
from tiles.grids import TileArea, web_mercator
from tiles.raster import RasterSource
from tiles.sampling.mapping import map_every_pixel

# Output pixels.
SLACK = 0.06


def exact_warp(
    source: RasterSource, area: TileArea, bands: tuple[int, ...], *, overviews: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Values (bands, rows, columns) and mask (rows, columns) of GDAL's own bilinear warp. Raises RuntimeError."""
    west, south, east, north = area.box
    options = [option for option in transformer_options(source.dataset, "", source.method) if "DST_SRS" not in option]
    warped: Any = gdal.Warp(
        "", source.dataset, format="MEM", outputBounds=(west, south, east, north), width=area.width, height=area.height,
        dstSRS="EPSG:3857", resampleAlg="bilinear", errorThreshold=0, overviewLevel="AUTO" if overviews else "NONE",
        dstAlpha=True, transformerOptions=options,
    )  # fmt: skip
    values = np.stack([warped.GetRasterBand(band).ReadAsArray() for band in bands])
    return values, warped.GetRasterBand(warped.RasterCount).ReadAsArray()


def best_level(
    source: RasterSource, area: TileArea, values: np.ndarray, shown: np.ndarray, bands: tuple[int, ...]
) -> tuple[float, int]:
    """(percent of ``shown`` pixels that are right, level): for the overview that explains most of them.

    ``values``: (bands, rows, columns); ``shown``: (rows, columns).
    """
    if not shown.any():
        return 100.0, 0
    found = map_every_pixel(source.reference(web_mercator()), area)
    shares = []
    for level, (width, height) in enumerate(source.level_sizes):
        factor_x, factor_y = source.width / width, source.height / height
        step = (SLACK * found.scale[0] / factor_x, SLACK * found.scale[1] / factor_y)
        place = (found.columns / factor_x, found.rows / factor_y)
        shares.append(_share(source, level, place, step, values, shown, bands))
    best = int(np.argmax(shares))
    return shares[best], best


def _share(  # noqa: PLR0917
    source: RasterSource,
    level: int,
    place: tuple[np.ndarray, np.ndarray],
    step: tuple[float, float],
    values: np.ndarray,
    shown: np.ndarray,
    bands: tuple[int, ...],
) -> float:
    width, height = source.level_sizes[level]
    columns, rows = place
    seen = shown & np.isfinite(columns) & np.isfinite(rows)
    if not seen.any():
        return 0.0
    left, right = (int(f(columns[seen])) for f in (np.min, np.max))
    top, bottom = (int(f(rows[seen])) for f in (np.min, np.max))
    left, top = max(0, left - 2), max(0, top - 2)
    right, bottom = min(width, right + 3), min(height, bottom + 3)
    if right <= left or bottom <= top or (right - left) * (bottom - top) > 64 * 2**20:
        return 0.0
    right_here = np.zeros(shown.shape, bool)
    window = [source.level_band(b, level).ReadAsArray(left, top, right - left, bottom - top) for b in bands]
    pixels = np.stack([np.abs(band) if np.iscomplexobj(band) else band for band in window])
    for dx in (-step[0], 0.0, step[0]):
        for dy in (-step[1], 0.0, step[1]):
            x = np.clip(np.floor(np.nan_to_num(columns) + dx).astype(int) - left, 0, right - left - 1)
            y = np.clip(np.floor(np.nan_to_num(rows) + dy).astype(int) - top, 0, bottom - top - 1)
            right_here |= np.isclose(pixels[:, y, x], values, equal_nan=True).all(axis=0)
    return 100 * float(right_here[seen].mean())
