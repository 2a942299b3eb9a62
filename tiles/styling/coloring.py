"""What a style may do to a picture beyond stretching it: colors of values, formulas."""

from dataclasses import replace

import numpy as np

from tiles.sampling.pixels import Mask, Pixels
from tiles.styling.color_formula import apply_formula, parse_formula
from tiles.styling.colormap_values import ValueColors, colors_of
from tiles.styling.painting import Picture


def paint_by_value(values: Pixels, alpha: Mask | None, *, colors: ValueColors) -> Picture:
    """Values (rows, columns) in the colors that are given for them, transparent where there is none."""
    painted = colors_of(values, colors)
    own = np.ascontiguousarray(painted[:, :, 3])
    alpha = own if alpha is None else np.minimum(own, alpha)
    return Picture(np.ascontiguousarray(painted[:, :, :3]), None if alpha.min() == 255 else alpha)


def apply_to_picture(picture: Picture, formula: str) -> Picture:
    """The picture after a ``color_formula``: its colors, or those of its table."""
    parsed = parse_formula(formula)
    if picture.table is not None:
        return replace(picture, table=apply_formula(picture.table[None], parsed)[0])
    return replace(picture, pixels=apply_formula(picture.pixels, parsed))
