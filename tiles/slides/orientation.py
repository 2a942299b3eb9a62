"""Turn images as TIFF's tag 274 and EXIF's of the same number say that they are to be shown."""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from tiles.slides.levels import Edges, Part

UPRIGHT = 1
T = TypeVar("T")
# Those from which on width and height change places.
FIRST_LYING = 5
ORIENTATIONS = range(1, 9)


def shown_size(size: tuple[T, T], orientation: int) -> tuple[T, T]:
    """Return width and height of the image, or what is said of them, as it is shown."""
    return (size[1], size[0]) if orientation >= FIRST_LYING else size


def stored_edges(edges: Edges, size: tuple[int, int], orientation: int) -> Edges:
    """Return where the edges (left, top, right, bottom) of a part that is shown lie in what is stored.

    ``size``: width and height of what is stored.
    """
    left, top, right, bottom = edges
    if orientation >= FIRST_LYING:
        left, top, right, bottom = top, left, bottom, right
    width, height = size
    if orientation in {2, 3, 7, 8}:
        left, right = width - right, width - left
    if orientation in {3, 4, 6, 7}:
        top, bottom = height - bottom, height - top
    return left, top, right, bottom


def turn(part: Part, orientation: int) -> Part:
    """Return what was stored as it is to be shown."""
    if orientation == UPRIGHT:
        return part
    return Part(_turned(part.pixels, orientation), None if part.alpha is None else _turned(part.alpha, orientation))


def _turned(pixels: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    if orientation in {2, 3, 7, 8}:
        pixels = pixels[:, ::-1]
    if orientation in {3, 4, 6, 7}:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels.swapaxes(0, 1) if orientation >= FIRST_LYING else pixels)
