"""Paint an area of one image or of several."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tiles.geo.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.rendering.band_values import LEAST_SIDE, turned_areas
from tiles.rendering.composite import render_composite_area
from tiles.sources.protocol import Source
from tiles.styling.painting import Picture
from tiles.styling.style import Style


def render_picture(
    sources: tuple[Source, ...], grid: Grid, area: TileArea, *, style: Style, limits: Limits = DEFAULT_LIMITS
) -> Picture:
    """Paint the area in colors; transparent where nothing is."""
    source = sources[0]
    if len(sources) == 1 and grid.is_pixels:
        shrunk: Picture | None = source.shrink(area, style=style, limits=limits)
        if shrunk is not None:
            return shrunk
    boxes = [box for each in sources for box in each.coverage(grid)]
    least = area.part(0, 0, max(area.width, LEAST_SIDE), max(area.height, LEAST_SIDE))
    out: Picture | None = None
    for moved in turned_areas(least, grid, tuple(boxes)):
        if len(sources) > 1:
            found = render_composite_area(sources, grid, moved, style=style, limits=limits)
        else:
            found = source.render(grid, moved, style=style, limits=limits)
        out = _over(out, found)
    return cropped(out, area) if out else Picture.empty(area.width, area.height)


def _over(first: Picture | None, second: Picture | None) -> Picture | None:
    """Lay ``second`` over ``first``, which shows where ``second`` has no pixels."""
    if first is None or second is None or second.alpha is None:
        return second or first
    pixels = np.where(second.alpha[:, :, None] > 0, second.pixels, first.pixels)
    below = np.uint8(255) if first.alpha is None else first.alpha
    return Picture(pixels, np.where(second.alpha > 0, second.alpha, below), second.table)


def cropped(picture: Picture, area: TileArea) -> Picture:
    """Return the picture's upper left part that is the area's."""
    height, width = picture.pixels.shape[:2]
    if (width, height) == (area.width, area.height):
        return picture
    alpha = None if picture.alpha is None else np.ascontiguousarray(picture.alpha[: area.height, : area.width])
    pixels = np.ascontiguousarray(picture.pixels[: area.height, : area.width])
    return replace(picture, pixels=pixels, alpha=alpha)


def masked_picture(picture: Picture, shown: npt.NDArray[np.bool_] | None) -> Picture:
    if shown is None:
        return picture
    alpha = np.uint8(255) if picture.alpha is None else picture.alpha
    return replace(picture, alpha=np.where(shown, alpha, 0).astype(np.uint8))
