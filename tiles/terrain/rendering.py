"""Pictures of terrain: reads heights with a margin, asks how far apart they are in metres, and colors the outcome."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from osgeo import osr

from tiles.georeference import EARTH_RADIUS
from tiles.grids import Grid, TileArea
from tiles.painting import Picture
from tiles.raster import RasterSource
from tiles.sampling.resampling import Samples
from tiles.style import Style
from tiles.styling.colormaps import colormap

from .algorithms import ENCODINGS, MARGIN, SHADES, Floats, contours, encode_heights, shade

METRES_PER_DEGREE = np.pi * EARTH_RADIUS / 180
# Nearer to a pole a row of pixels measures next to nothing.
HIGHEST_LATITUDE = 89.9

Read = Callable[[TileArea], Samples | None]
Shown = npt.NDArray[np.bool_]
Steps = npt.NDArray[np.float64]


def render_terrain(source: RasterSource, grid: Grid, area: TileArea, *, style: Style, read: Read) -> Picture | None:
    """What ``style.algorithm`` makes of the heights that ``read`` finds, as one band, in any area of the grid."""
    assert style.algorithm is not None
    around = area.part(-MARGIN, -MARGIN, area.width + 2 * MARGIN, area.height + 2 * MARGIN)
    samples = read(around)
    if samples is None:
        return None
    heights = np.asarray(samples.pixels[:, :, 0], np.float32)
    known = np.isfinite(heights) if samples.alpha is None else (samples.alpha > 0) & np.isfinite(heights)
    filled, shown = _fill(heights, known), known[MARGIN:-MARGIN, MARGIN:-MARGIN]
    algorithm, table = style.algorithm, None
    if algorithm.name in ENCODINGS:
        pixels, defined = encode_heights(filled, algorithm), shown
    elif algorithm.name in SHADES:
        shades, defined = shade(filled, algorithm, ground_steps(source, grid, area))
        pixels, table = shades[:, :, None], colormap(style.colormap) if style.colormap else None
    else:
        pixels, defined = contours(filled, algorithm)
    alpha = (shown & defined).view(np.uint8) * np.uint8(255)
    picture = Picture(np.ascontiguousarray(pixels), None if alpha.min() == 255 else alpha, table)
    return None if picture.is_empty else picture


def _fill(heights: Floats, known: Shown) -> Floats:
    """Missing heights by the mean of their known neighbours: the end of the data is no cliff."""
    if known.all():
        return heights
    clean = np.where(known, heights, 0).astype(np.float32)
    total, count = (cv2.boxFilter(each, -1, (3, 3), normalize=False) for each in (clean, known.astype(np.float32)))
    return np.where(known, clean, total / np.maximum(count, 1)).astype(np.float32)


def ground_steps(source: RasterSource, grid: Grid, area: TileArea) -> tuple[Steps, Steps]:
    """Metres from a pixel to the next, eastward and southward, of each row: (rows, 1)."""
    y = np.asarray(area.y0 + (np.arange(area.height)[:, None] + 0.5) * area.dy, np.float64)
    across, down = np.full(y.shape, float(area.dx)), np.full(y.shape, -float(area.dy))
    if not grid.is_pixels:
        return _metres(grid.crs, y, across, down)
    _, x_step, _, top, _, y_step = source.dataset.GetGeoTransform()
    spatial = source.dataset.GetSpatialRef()
    if spatial is None or source.method != "GEOTRANSFORM":
        return across, -down
    return _metres(spatial.ExportToWkt(), y * y_step + top, across * x_step, down * y_step)


def _metres(crs: str, y: Steps, across: Steps, down: Steps) -> tuple[Steps, Steps]:
    kind, unit = _kind(crs)
    if kind == "geographic":
        return across * METRES_PER_DEGREE * _cosine(np.radians(y)), down * METRES_PER_DEGREE
    # Mercator's metres are longer than those on the ground, in both directions.
    shrunk = _cosine(np.arctan(np.sinh(y * unit / EARTH_RADIUS))) if kind == "mercator" else 1.0
    return across * unit * shrunk, down * unit * shrunk


def _cosine(latitude: Steps) -> Steps:
    limit = np.radians(HIGHEST_LATITUDE)
    return np.asarray(np.cos(np.clip(latitude, -limit, limit)))


@lru_cache(maxsize=64)
def _kind(crs: str) -> tuple[str, float]:
    """Of a coordinate system: geographic, mercator or another; and its unit in metres."""
    spatial: Any = osr.SpatialReference()
    spatial.SetFromUserInput(crs)
    if spatial.IsGeographic():
        return "geographic", 1.0
    projection = spatial.GetAttrValue("PROJECTION") or ""
    return "mercator" if projection.startswith("Mercator") else "other", float(spatial.GetLinearUnits())
