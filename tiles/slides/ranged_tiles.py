"""Read slides on a server whose readers decode tiles themselves: each is fetched into the sparse file before.

Imported when there is one, since large-image's readers take long to import.
"""

import math
from itertools import product
from typing import Any

from large_image_source_openslide import OpenslideFileTileSource  # type: ignore[import-untyped]
from openslide import OpenSlide

from tiles.slides.native_tiff import HEIGHT, TILE_HEIGHT, TILE_WIDTH, WIDTH, pieces, pyramid
from tiles.slides.ranged import RangedTiff
from tiles.slides.tiff_directories import Directory

# OpenSlide's vendors whose levels are each one page, from its upper left corner on.
WHOLE_PAGES = ("aperio", "generic-tiff")


def fetch_first(tile_source: Any, file: RangedTiff) -> bool:
    """Have a sparse file's open reader fetch each tile before it reads it; return False when that can't be had."""
    return type(tile_source) is OpenslideFileTileSource and _fetch_regions(tile_source._openslide, file)  # noqa: SLF001


class _Slide(OpenSlide):
    levels: list[Directory]
    file: RangedTiff

    def read_region(self, location: tuple[int, int], level: int, size: tuple[int, int]) -> Any:
        page = self.levels[level]
        self.file.sparse_file.fill(pieces(page, _tiles_of(page, location, self.level_downsamples[level], size)))
        return super().read_region(location, level, size)


def _fetch_regions(slide: Any, file: RangedTiff) -> bool:
    sizes = {(page.number(WIDTH), page.number(HEIGHT)): page for page in pyramid(file.pages)}
    if slide.properties["openslide.vendor"] not in WHOLE_PAGES or not set(slide.level_dimensions) <= sizes.keys():
        return False
    slide.levels, slide.file = [sizes[size] for size in slide.level_dimensions], file
    slide.__class__ = _Slide
    return True


def _tiles_of(page: Directory, location: tuple[int, int], scale: float, size: tuple[int, int]) -> list[int]:
    """Return the numbers of the tiles that a region touches, or nearly so; its corner is in pixels of the image."""
    tile_width, tile_height = page.number(TILE_WIDTH), page.number(TILE_HEIGHT)
    columns, rows = -(-page.number(WIDTH) // tile_width), -(-page.number(HEIGHT) // tile_height)
    spans = [
        range(max(0, math.floor((start / scale - 1) / tile)), min(count, math.ceil((start / scale + side + 1) / tile)))
        for start, side, tile, count in zip(location, size, (tile_width, tile_height), (columns, rows), strict=True)
    ]
    return [row * columns + column for row, column in product(spans[1], spans[0])]
