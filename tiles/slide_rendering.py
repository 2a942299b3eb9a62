"""Tiles of pictures that large-image reads."""

import cv2
import numpy as np
import numpy.typing as npt

from .colormaps import colormap
from .errors import InvalidParameter, OutsideBounds
from .grids import Grid, TileArea
from .painting import Picture, rescale
from .slides import SlideSource
from .style import Style


def render_slide_tile(
    source: SlideSource, grid: Grid, zxy: tuple[int, int, int], *, style: Style, size: int = 0
) -> Picture | None:
    """Tile (z, x, y) of pixel space; transparent beyond the picture's edge. Raises OutsideBounds, InvalidParameter."""
    z, x, y = zxy
    area = grid.tile(z, x, y, size=size)
    if area.x0 >= source.width or area.y0 >= source.height:
        raise OutsideBounds(f"Tile {z}/{x}/{y} lies outside the image")
    return render_slide_area(source, area, style=style)


def render_whole_slide(source: SlideSource, *, style: Style, side: int = 256) -> Picture | None:
    """The whole picture, its longer side ``side`` pixels or less."""
    cell = max(1.0, max(source.width, source.height) / side)
    width, height = max(1, round(source.width / cell)), max(1, round(source.height / cell))
    area = TileArea(0.0, 0.0, source.width / width, source.height / height, width, height)
    return render_slide_area(source, area, style=style)


def render_slide_area(source: SlideSource, area: TileArea, *, style: Style) -> Picture | None:
    pixels = source.read(area)
    width = min(area.width, max(1, round((min(source.width, area.box[2]) - area.x0) / area.dx)))
    height = min(area.height, max(1, round((min(source.height, area.box[3]) - area.y0) / area.dy)))
    if pixels.shape[:2] != (height, width):
        pixels = _resize(pixels, width, height)
    alpha = pixels[:, :, -1] if source.has_alpha and style.return_mask else None
    colors = _colors(source, pixels, style)
    table = colormap(style.colormap) if style.colormap else None
    if (width, height) == (area.width, area.height):
        if alpha is not None and alpha.min() == 255:
            alpha = None
        return Picture(np.ascontiguousarray(colors), alpha, table)
    alpha = np.full((height, width), 255, np.uint8) if alpha is None else alpha
    edges = ((0, area.height - height), (0, area.width - width))
    return Picture(np.pad(colors, (*edges, (0, 0))), np.pad(alpha, edges), table)


def _resize(pixels: npt.NDArray[np.generic], width: int, height: int) -> npt.NDArray[np.generic]:
    """large-image keeps the aspect to the pixel and may return one row or column less."""
    resized = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.atleast_3d(resized)


def _colors(source: SlideSource, pixels: npt.NDArray[np.generic], style: Style) -> npt.NDArray[np.uint8]:
    indexes = style.indexes or ((1, 2, 3) if source.band_count >= 3 else (1,))
    if max(indexes) > source.band_count:
        raise InvalidParameter(f"Band {max(indexes)} doesn't exist: the image has {source.band_count}")
    if style.colormap and len(indexes) != 1:
        indexes = indexes[:1]
    if len(indexes) not in (1, 3):
        raise InvalidParameter(f"bidx must name one band or three, not {len(indexes)}")
    chosen = pixels[:, :, [index - 1 for index in indexes]]
    ranges = style.rescale or _automatic_ranges(source, indexes)
    if len(ranges) not in (0, 1, len(indexes)):
        raise InvalidParameter(f"rescale has {len(ranges)} ranges for {len(indexes)} bands")
    return rescale(chosen, ranges) if ranges else chosen.astype(np.uint8, copy=False)


def _automatic_ranges(source: SlideSource, indexes: tuple[int, ...]) -> tuple[tuple[float, float], ...]:
    if source.sample.dtype == np.uint8:
        return ()
    found = [source.statistics[index - 1] for index in indexes]
    return tuple((s.percentile_2, max(s.percentile_98, s.percentile_2 + 1e-6)) if s else (0.0, 1.0) for s in found)
