"""Read slides on a server whose readers decode tiles themselves: each is fetched into the sparse file before.

Imported when there is one, since large-image's readers take long to import.
"""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

from large_image_source_ometiff import OMETiffFileTileSource  # type: ignore[import-untyped]
from large_image_source_openslide import OpenslideFileTileSource  # type: ignore[import-untyped]
from large_image_source_tiff.tiff_reader import TiledTiffDirectory  # type: ignore[import-untyped]
from openslide import OpenSlide

from tiles.slides.native_tiff import HEIGHT, TILE_HEIGHT, TILE_WIDTH, WIDTH, pieces, pyramid
from tiles.slides.ranged import RangedTiff
from tiles.slides.tiff_directories import SUB_DIRECTORIES, Directory

# OpenSlide's vendors whose levels are each one page, from its upper left corner on.
WHOLE_PAGES = ("aperio", "generic-tiff")


def fetch_first(tile_source: Any, file: RangedTiff) -> bool:
    """Have a sparse file's open reader fetch each tile before it reads it; return False when that can't be had."""
    if type(tile_source) is OMETiffFileTileSource:
        return _fetch_planes(tile_source, file)
    return type(tile_source) is OpenslideFileTileSource and _fetch_regions(tile_source._openslide, file)  # noqa: SLF001


class _Planes(OMETiffFileTileSource):  # type: ignore[misc]
    # large-image wants one of every class, used or not.
    cacheName = "tilesource"  # noqa: N815 -- its name
    file: RangedTiff

    def getTiffDir(self, *args: Any, **options: Any) -> Any:  # noqa: N802 -- large-image's name
        return _fetching(super().getTiffDir(*args, **options), self.file)


class _Page(TiledTiffDirectory):  # type: ignore[misc]
    fetch: Callable[[int], None]

    def getTile(self, x: int, y: int, asarray: bool = False) -> Any:  # noqa: N802, FBT001, FBT002 -- large-image's
        self.fetch(self._toTileNum(x, y))
        return super().getTile(x, y, asarray=asarray)


def _fetch_planes(tile_source: Any, file: RangedTiff) -> bool:
    pages = [page for page in tile_source._tiffDirectories if page]  # noqa: SLF001 -- large-image has no name for it
    found = [page._tiffInfo for page in pages]  # noqa: SLF001 -- as above
    # Strips, and tiles of an image that lies on its side, are read several at a time.
    if not all(each.get("istiled") and each.get("orientation", 1) == 1 for each in found):
        return False
    tile_source.file = file
    tile_source.__class__ = _Planes
    for page in pages:
        _fetching(page, file)
    return True


def _fetching(page: Any, file: RangedTiff) -> Any:
    directory = _directory(page, file)
    page.fetch = lambda number: file.sparse_file.fill(pieces(directory, [number]))
    page.__class__ = _Page
    return page


def _directory(page: Any, file: RangedTiff) -> Directory:
    """Return what the file says of an open page, which libtiff counts in the same order."""
    directory: Directory = file.pages[page._directoryNum]  # noqa: SLF001 -- as above
    if not page._subDirectoryNum:  # noqa: SLF001 -- as above
        return directory
    start = int(directory.numbers(SUB_DIRECTORIES)[page._subDirectoryNum - 1])  # noqa: SLF001 -- as above
    return next(each for each in directory.children if each.offset == start)


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
