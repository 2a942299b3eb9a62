"""Lay bands over each other as large-image's style document says: each in its palette, lightened or multiplied.

Formulas: large-image 1.35, ``TileSource._applyStyle``. Other than there, the first layer is drawn whatever its way, and
values beyond the ends of a palette have the ends' colors, as its documentation says.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tiles.sampling.pixels import Mask, Pixels
from tiles.styling.colormaps import color_table
from tiles.styling.painting import Picture, rescale

Bytes = npt.NDArray[np.uint8]

LIGHTEN, MULTIPLY = "lighten", "multiply"
COMPOSITES = (LIGHTEN, MULTIPLY)
ALPHA = 3


@dataclass(frozen=True, slots=True)
class StyleLayer:
    """Say how one band is drawn. ``band``: from 1, or a color's name. ``palette``: for `colormaps.color_table`.

    ``clamp``: whether values beyond the stretch have the palette's end colors; else they are not drawn. ``nodata``: a
    value that isn't either. ``frame``: from 0, or ``framedelta`` frames after the one that is asked for.
    """

    band: int | str
    palette: str
    composite: str = LIGHTEN
    clamp: bool = True
    nodata: float | None = None
    frame: int | None = None
    framedelta: int = 0

    def frame_of(self, asked: int) -> int:
        """Return the frame that is drawn when ``asked`` is asked for."""
        return asked + self.framedelta if self.frame is None else self.frame


def paint_layers(
    values: Pixels,
    alpha: Mask | None,
    *,
    layers: Sequence[StyleLayer],
    ranges: Sequence[tuple[float, float]],
    axis: int | None = None,
) -> Picture:
    """Paint values (rows, columns, layers) as one picture, transparent where no layer is drawn.

    ``ranges``: one for all layers or one each. ``axis``: instead, only this one of red, green, blue and alpha, as gray.
    """
    ranges = tuple(ranges) * len(layers) if len(ranges) == 1 else tuple(ranges)
    shades = rescale(values, ranges)
    out: Bytes | None = None
    for number, (layer, bounds) in enumerate(zip(layers, ranges, strict=True)):
        drawn = _drawn(values[:, :, number], layer, bounds)
        out = _over(out, color_table(layer.palette)[shades[:, :, number]], layer, drawn)
    assert out is not None
    if axis is not None:
        return Picture(np.ascontiguousarray(out[:, :, axis : axis + 1]), alpha)
    own = np.ascontiguousarray(out[:, :, ALPHA])
    alpha = own if alpha is None else np.minimum(own, alpha)
    return Picture(np.ascontiguousarray(out[:, :, :ALPHA]), None if alpha.min() == 255 else alpha)


def _drawn(values: Pixels, layer: StyleLayer, bounds: tuple[float, float]) -> npt.NDArray[np.bool_] | None:
    """Return where a layer shows; None: everywhere."""
    drawn = None
    if layer.nodata is not None:
        drawn = np.asarray(~np.isnan(values) if math.isnan(layer.nodata) else values != layer.nodata)
    if layer.clamp:
        return drawn
    inside = np.asarray((values >= bounds[0]) & (values <= bounds[1]))
    return inside if drawn is None else drawn & inside


def _over(below: Bytes | None, painted: Bytes, layer: StyleLayer, drawn: npt.NDArray[np.bool_] | None) -> Bytes:
    """Return (rows, columns, 4) of the layers so far and one more, whose colors are ``painted``."""
    multiplied = layer.composite == MULTIPLY and below is not None
    if drawn is not None:
        painted[~drawn] = 255 if multiplied else 0
    if below is None:
        return painted
    if multiplied:
        return np.asarray(cv2.multiply(below, painted, scale=1 / 255), np.uint8)
    return np.asarray(cv2.max(below, painted), np.uint8)
