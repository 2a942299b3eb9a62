"""Render one picture of the whole image, for thumbnails and previews."""

from dataclasses import replace

import cv2
import numpy as np

from tiles.encoding.formats import image_format as find_format
from tiles.errors import InvalidParameter
from tiles.geo.grids import TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.rendering.composite import render_composite_area
from tiles.rendering.tile import paint, render_whole
from tiles.sampling.pixels import ReadRequest, stack
from tiles.sampling.reading import read_window
from tiles.sampling.resampling import Samples, map_pixels
from tiles.sources.pool import POOL
from tiles.sources.protocol import Source
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.styling.painting import Picture
from tiles.styling.resolving import resolve_style
from tiles.styling.style import Style

DEFAULT_SIDE = 512
# What is resized at once; other types would lose digits.
RESIZED = (np.uint8, np.uint16, np.int16, np.float32)


def render_preview(
    ref: SourceRef,
    *,
    max_size: int = DEFAULT_SIDE,
    image_format: str = "webp",
    style: Style | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """Render an encoded picture, its longer side at most ``max_size`` pixels; transparent when nothing is valid.

    Raises any of `tiles.errors`.
    """
    target = find_format(image_format)
    if not 1 <= max_size <= limits.output_side:
        raise InvalidParameter(f"max_size must be within 1-{limits.output_side} pixels, not {max_size}")
    with POOL.lease(ref, limits=limits) as source:
        picture = render_whole(source, style=style or Style(), side=max_size, limits=limits)
    return target.encode(picture or Picture.empty(1, 1))


def render_composite_whole(
    sources: tuple[Source, ...], *, style: Style, side: int, limits: Limits = DEFAULT_LIMITS
) -> Picture | None:
    """Render images of one size, pixel upon pixel, as one picture of at most ``side`` pixels a side."""
    first = sources[0]
    cell = max(1.0, max(first.width, first.height) / side)
    width, height = max(1, round(first.width / cell)), max(1, round(first.height / cell))
    area = TileArea(0.0, 0.0, first.width / width, first.height / height, width, height)
    return render_composite_area(sources, first.pixel_grid, area, style=style, limits=limits)


def reduced_picture(source: RasterSource, area: TileArea, *, style: Style, limits: Limits) -> Picture | None:
    """Paint the whole image on ``area`` by shrinking it as it lies: half the work of looking up each pixel.

    None when that can't be done: for enlarging, missing pixels, anything beyond bands and stretch.
    """
    plain = replace(style, indexes=(), rescale=(), nodata=None, return_mask=True) == Style()
    whole = area.dy > 0 and area.box == (0.0, 0.0, float(source.width), float(source.height))
    # Of a single row nothing tells how fine it is.
    if not (plain and whole) or min(area.dx, area.dy) < 1 or min(area.width, area.height) < 2:
        return None
    resolved = resolve_style(source, style)
    found = map_pixels(source.reference(source.pixel_grid), area)
    if resolved.resampling != "bilinear" or found is None:
        return None
    read = ReadRequest(resolved.indexes, nodata=style.nodata, masked=style.return_mask, max_pixels=limits.read_pixels)
    window = read_window(source, found, read)
    # Around missing pixels the others have to be weighed.
    if window is None or window.valid is not None or any(band.dtype not in RESIZED for band in window.bands):
        return None
    size = (area.width, area.height)
    bands = [np.asarray(cv2.resize(band, size, interpolation=cv2.INTER_LINEAR)) for band in window.bands]
    return paint(source, Samples(stack(bands), None), resolved=resolved, style=style)
