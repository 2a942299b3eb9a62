"""What to read of an image, and what was read."""

from dataclasses import dataclass

from tiles.sampling.pixels import Mask, Pixels


@dataclass(frozen=True, slots=True)
class Window:
    """Pixels read from one level: (rows, columns) of each band, validity (0-255; None: all valid) and their place.

    A full-resolution column ``c`` lies at ``c * x[0] + x[1]`` of this window's columns, counted from the outer edge
    of its first; rows likewise by ``y``.
    """

    bands: tuple[Pixels, ...]
    valid: Mask | None
    x: tuple[float, float]
    y: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """What to read: bands (from 1), the nodata value that overrides the file's, whether masks count.

    ``strict``: a pixel is missing when any of its bands is, as arithmetic needs; else when all of them are.
    """

    indexes: tuple[int, ...]
    nodata: float | None = None
    masked: bool = True
    averaging: bool = True
    strict: bool = False
    max_pixels: int = 64 * 2**20
