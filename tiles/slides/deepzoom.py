"""Describe an image as Microsoft's DeepZoom, and find where the tiles of its levels lie.

Level 0 is one pixel; the last is the image. https://learn.microsoft.com/previous-versions/windows/silverlight/dotnet-windows-silverlight/cc645077(v=vs.95)
"""

import math

from tiles.errors import OutsideBounds
from tiles.slides.pixel_regions import PixelBox

NAMESPACE = "http://schemas.microsoft.com/deepzoom/2008"


def descriptor(width: int, height: int, *, tile_size: int, extension: str) -> str:
    """Return the `.dzi` document."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Image xmlns="{NAMESPACE}" Format="{extension}" Overlap="0" TileSize="{tile_size}">'
        f'<Size Width="{width}" Height="{height}"/></Image>\n'
    )


def last_level(width: int, height: int) -> int:
    return math.ceil(math.log2(max(width, height))) if max(width, height) > 1 else 0


def tile_box(
    width: int, height: int, *, tile_size: int, level: int, column: int, row: int
) -> tuple[PixelBox, tuple[int, int]]:
    """Return the pixels of the image that a tile shows, and its size (edge tiles are smaller). Raises OutsideBounds."""
    last = last_level(width, height)
    if not 0 <= level <= last:
        raise OutsideBounds(f"Level {level} is not within 0-{last}")
    scale = 2 ** (last - level)
    columns, rows = (math.ceil(math.ceil(side / scale) / tile_size) for side in (width, height))
    if not (0 <= column < columns and 0 <= row < rows):
        raise OutsideBounds(f"Tile {column}_{row} is not within the {columns} x {rows} of level {level}")
    span = tile_size * scale
    box = PixelBox(column * span, row * span, min(span, width - column * span), min(span, height - row * span))
    return box, (math.ceil(box.width / scale), math.ceil(box.height / scale))
