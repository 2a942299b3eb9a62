"""Show parts of slides as pictures of a given size: a box of pixels, for DeepZoom and IIIF; an associated image."""

from dataclasses import dataclass

import cv2
import numpy as np

from tiles.encoding.formats import JPEG, ImageFormat
from tiles.errors import TooLarge
from tiles.geo.grids import TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.rendering.tile import render_area
from tiles.sources.protocol import Source
from tiles.styling.painting import Picture
from tiles.styling.style import Style

# The least side of what is rendered: the transform is judged by its neighbours.
LEAST_SIDE = 16


@dataclass(frozen=True, slots=True)
class PixelBox:
    """Name pixels of the image by their upper left corner, width and height."""

    x: int
    y: int
    width: int
    height: int


def render_box(
    source: Source, box: PixelBox, size: tuple[int, int], *, style: Style, limits: Limits = DEFAULT_LIMITS
) -> Picture:
    """Paint the box on ``size`` (width, height) pixels; transparent where no pixel is valid. Raises TooLarge."""
    if max(size) > limits.output_side:
        raise TooLarge(f"The picture has {size[0]} x {size[1]} pixels; the limit is {limits.output_side} a side")
    width, height = (max(LEAST_SIDE, side) for side in size)
    area = TileArea(float(box.x), float(box.y), box.width / width, box.height / height, width, height)
    picture = render_area(source, source.pixel_grid, area, style=style, limits=limits) or Picture.empty(width, height)
    return picture if (width, height) == size else _shrink(picture, size)


def _shrink(picture: Picture, size: tuple[int, int]) -> Picture:
    interpolation = cv2.INTER_AREA if picture.table is None else cv2.INTER_NEAREST
    pixels = np.atleast_3d(cv2.resize(picture.pixels, size, interpolation=interpolation)).astype(np.uint8)
    alpha = picture.alpha
    if alpha is not None:
        alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return Picture(pixels, alpha, picture.table)


def untouched_box(source: Source, box: PixelBox, size: tuple[int, int], *, style: Style, target: ImageFormat) -> bytes:
    """Read the file's own JPEG tile if the box is one; empty when it has to be rendered."""
    if target is not JPEG:
        return b""
    return source.native_box((box.x, box.y, box.x + box.width, box.y + box.height), size, style=style)


def associated_picture(source: Source, name: str, *, side: int) -> Picture:
    """Read a slide's label, macro or thumbnail, its longer side at most ``side`` pixels.

    Raises OutsideBounds for a name that it doesn't have, SourceCorrupt.
    """
    image = source.associated_image(name)
    image.thumbnail((side, side))
    return Picture(np.asarray(image, dtype=np.uint8), None)
