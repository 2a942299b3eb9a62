"""Render terrain: read heights with a margin, ask what they measure on the ground, and color the outcome."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from tiles.geo.grids import Grid, TileArea
from tiles.rendering.ground import measure_ground
from tiles.sampling.resampling import Samples
from tiles.sources.raster import RasterSource
from tiles.styling.algorithms import ENCODINGS, MARGIN, SHADES, Floats, contours, encode_heights, shade
from tiles.styling.colormaps import colormap
from tiles.styling.painting import Picture
from tiles.styling.style import Style

Read = Callable[[TileArea], Samples | None]
Shown = npt.NDArray[np.bool_]


def render_terrain(source: RasterSource, grid: Grid, area: TileArea, *, style: Style, read: Read) -> Picture | None:
    """Paint what ``style.algorithm`` makes of the heights that ``read`` finds on any area of the grid."""
    samples = read(with_margin(area))
    return paint_terrain(samples, grid, area, style=style, source=source) if samples else None


def with_margin(area: TileArea) -> TileArea:
    """Return the area with as many pixels around as the algorithms look at beyond it."""
    return area.part(-MARGIN, -MARGIN, area.width + 2 * MARGIN, area.height + 2 * MARGIN)


def paint_terrain(
    samples: Samples, grid: Grid, area: TileArea, *, style: Style, source: RasterSource | None = None
) -> Picture | None:
    """Paint what ``style.algorithm`` makes of heights with that margin. ``source``: of a grid of pixels."""
    assert style.algorithm is not None
    heights = np.asarray(samples.pixels[:, :, 0], np.float32)
    known = np.isfinite(heights) if samples.alpha is None else (samples.alpha > 0) & np.isfinite(heights)
    filled, shown = _fill(heights, known), known[MARGIN:-MARGIN, MARGIN:-MARGIN]
    algorithm, table = style.algorithm, None
    if algorithm.name in ENCODINGS and algorithm.options["use_nodata_height"]:
        filled, shown = np.where(known, heights, np.float32(algorithm.options["nodata_height"])), np.ones_like(shown)
    if algorithm.name in ENCODINGS:
        pixels, defined = encode_heights(filled, algorithm), shown
    elif algorithm.name in SHADES:
        ground = measure_ground(source, grid, area, directed=algorithm.name == "aspect")
        shades, defined = shade(filled, algorithm, ground)
        pixels, table = shades[:, :, None], colormap(style.colormap) if style.colormap else None
    else:
        pixels, defined = contours(filled, algorithm)
    alpha = (shown & defined).view(np.uint8) * np.uint8(255)
    picture = Picture(np.ascontiguousarray(pixels), None if alpha.min() == 255 else alpha, table)
    return None if picture.is_empty else picture


def _fill(heights: Floats, known: Shown) -> Floats:
    """Fill missing heights by the mean of their known neighbours: the end of the data is no cliff."""
    if known.all():
        return heights
    clean = np.where(known, heights, 0).astype(np.float32)
    total, count = (cv2.boxFilter(each, -1, (3, 3), normalize=False) for each in (clean, known.astype(np.float32)))
    return np.where(known, clean, total / np.maximum(count, 1)).astype(np.float32)
