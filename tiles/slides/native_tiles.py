"""Read JPEG tiles as they lie in a slide's file, to hand them on untouched or decode them at a part of their size.

A pyramid that isn't made of JPEG tiles has no `NativeLevel`; large-image reads it then.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tiles.errors import SourceNotFound
from tiles.geo.grids import TileArea
from tiles.slides.levels import ROUNDING, Part, fit, stated_scale

# JPEG decodes to a half, a quarter or an eighth at a fraction of the cost.
_REDUCED = (
    (8, cv2.IMREAD_REDUCED_COLOR_8),
    (4, cv2.IMREAD_REDUCED_COLOR_4),
    (2, cv2.IMREAD_REDUCED_COLOR_2),
    (1, cv2.IMREAD_COLOR),
)
# What a JPEG's markers begin with, and the kinds that say how large the picture is.
MARKER = 0xFF
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Baseline JPEG, whose frames any browser shows.
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"


# Column and row of a tile.
Place = tuple[int, int]
# Whole JPEGs of tiles, in their order; empty where there is something else, None where the file leaves a tile out.
ReadTiles = Callable[[Sequence[Place]], Iterable[bytes | None]]


@dataclass(frozen=True, slots=True)
class NativeLevel:
    """Hold one level of a pyramid: ``factor`` image pixels a level pixel, and the function that reads its tiles."""

    width: int
    height: int
    tile_width: int
    tile_height: int
    factor: float
    read: ReadTiles


def order_levels(levels: list[NativeLevel]) -> tuple[NativeLevel, ...]:
    """Sort levels, the finest first."""
    return tuple(sorted(levels, key=lambda level: level.factor))


def with_scales(levels: tuple[NativeLevel, ...], scales: Mapping[tuple[int, int], float]) -> tuple[NativeLevel, ...]:
    """Return the levels with the scales that the file states for each (width, height), without those it has none of."""
    known = [(level, scales[level.width, level.height]) for level in levels if (level.width, level.height) in scales]
    return order_levels([replace(level, factor=scale) for level, scale in known])


def dicom_levels(slide: Any) -> tuple[NativeLevel, ...]:
    """Return the levels of an open `wsidicom.WsiDicom`; empty when they aren't JPEG in color, or of several planes."""
    # Takes half a second, and few files are DICOM.
    from wsidicom.geometry import Point  # type: ignore[import-untyped]  # noqa: PLC0415

    first = slide.pyramids[0][0]
    found = []
    for level in slide.pyramids[0]:
        data = level.default_instance.image_data
        is_plain = len(data.optical_paths) == len(data.focal_planes) == len(level.instances) == 1
        if str(data.transfer_syntax) != JPEG_BASELINE or data.samples_per_pixel != 3 or not is_plain:
            return ()

        def read(tiles: Sequence[Place], *, data: Any = data) -> Iterator[bytes | None]:
            for place in tiles:
                where = Point(*place), data.default_z, data.default_path
                yield None if data.is_sparse(*where) else bytes(data.get_encoded_tile(*where))

        found.append(
            NativeLevel(
                width=level.size.width,
                height=level.size.height,
                tile_width=data.tile_size.width,
                tile_height=data.tile_size.height,
                factor=stated_scale(
                    level.pixel_spacing.width / first.pixel_spacing.width, first.size.width, level.size.width
                ),
                read=read,
            )
        )
    return order_levels(found)


def check_complete(slide: Any, *, name: str) -> None:
    """Raise SourceNotFound when the series' finest level is a resampled one: its original is missing."""
    header = slide.pyramids[0][0].default_instance.dataset.as_dataset()
    if "RESAMPLED" in header.get("ImageType", ()):
        raise SourceNotFound(f"The file with the full resolution of {name}'s series is missing")


def level_for(levels: tuple[NativeLevel, ...], scale: float) -> NativeLevel:
    """Return the coarsest level that still has every pixel of a picture of ``scale`` image pixels a pixel."""
    fitting = [level for level in levels if level.factor <= scale * (1 + ROUNDING)]
    return fitting[-1] if fitting else levels[0]


def read_pixels(levels: tuple[NativeLevel, ...], area: TileArea) -> Part:
    """Return red, green, blue (rows, columns, 3) of an area that lies within the image, at the area's size."""
    level = level_for(levels, min(area.dx, area.dy))
    part, flag = _reduction(level, min(area.dx, area.dy))
    left, top, right, bottom = (edge / level.factor for edge in area.box)
    tiles = _span(left, right, level.tile_width, level.width), _span(top, bottom, level.tile_height, level.height)
    wide, high = level.tile_width // part, level.tile_height // part
    mosaic = np.empty((len(tiles[1]) * high, len(tiles[0]) * wide, 3), np.uint8)
    places = [(column, row) for row, column in product(tiles[1], tiles[0])]
    missing = []
    for (column, row), content in zip(places, level.read(places), strict=True):
        i, j = column - tiles[0].start, row - tiles[1].start
        here = slice(j * high, (j + 1) * high), slice(i * wide, (i + 1) * wide)
        if content is None:
            missing.append(here)
            mosaic[here] = 0
        else:
            mosaic[here] = _decode(level, (column, row), content, flag)
    x, y = tiles[0].start * level.tile_width, tiles[1].start * level.tile_height
    across = _crop((left - x) / part, (right - x) / part, math.ceil((level.width - x) / part))
    down = _crop((top - y) / part, (bottom - y) / part, math.ceil((level.height - y) / part))
    alpha = None
    if missing:
        alpha = np.full(mosaic.shape[:2], 255, np.uint8)
        for here in missing:
            alpha[here] = 0
    return fit(Part(mosaic[down, across], None if alpha is None else alpha[down, across]), area.width, area.height)


def _reduction(level: NativeLevel, scale: float) -> tuple[int, int]:
    for part, flag in _REDUCED:
        divides = not (level.tile_width % part or level.tile_height % part)
        if divides and part <= scale / level.factor * (1 + ROUNDING):
            return part, flag
    return _REDUCED[-1]


def _span(first: float, last: float, tile: int, size: int) -> range:
    """Return the columns or rows of tiles that an interval touches."""
    end = min(math.ceil(size / tile), math.ceil(round(last, 6) / tile))
    start = min(max(0, math.floor(round(first, 6) / tile)), end - 1)
    return range(start, end)


def _crop(first: float, last: float, size: int) -> slice:
    start = min(max(0, round(first)), size - 1)
    return slice(start, max(start + 1, min(size, round(last))))


def _decode(level: NativeLevel, place: Place, content: bytes, flag: int) -> npt.NDArray[np.uint8]:
    """Decode a tile's pixels. Raises ValueError for one that can't be decoded."""
    if content and jpeg_size(content) != (level.tile_width, level.tile_height):
        raise ValueError(f"Tile {place} is of another size than the file says")
    encoded = np.frombuffer(content, np.uint8)
    decoded = cv2.imdecode(encoded, flag | cv2.IMREAD_IGNORE_ORIENTATION) if encoded.size else None
    if decoded is None:
        raise ValueError(f"Tile {place} is no JPEG")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def jpeg_size(content: bytes) -> tuple[int, int]:
    """Return width and height by the first frame header; (0, 0) without one."""
    place = 2
    while place + 9 <= len(content) and content[place] == MARKER:
        kind = content[place + 1]
        if kind in FRAME_HEADERS:
            height, width = (int.from_bytes(content[start : start + 2], "big") for start in (place + 5, place + 7))
            return width, height
        # Fill bytes precede a marker.
        place += 1 if kind == MARKER else 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return 0, 0


def untouched(levels: tuple[NativeLevel, ...], *, size: int, factor: float, column: int, row: int) -> bytes:
    """Read the file's own JPEG of a tile of that grid; empty when it has none, or the edge runs through it."""
    for level in levels:
        same_grid = level.tile_width == level.tile_height == size and level.factor == factor
        inside = (column + 1) * size <= level.width and (row + 1) * size <= level.height
        if same_grid and inside:
            return next(iter(level.read([(column, row)]))) or b""
    return b""


@lru_cache(maxsize=64)
def spliced_head(tables: bytes, *, is_rgb: bool) -> bytes:
    """Return what precedes a TIFF's abbreviated JPEG stream, itself without its first marker.

    ``is_rgb``: the components are red, green, blue, which only Adobe's marker can say.
    """
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00" if is_rgb else b""
    return b"\xff\xd8" + adobe + (tables[2:-2] if tables else b"")
