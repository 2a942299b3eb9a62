"""OME-TIFFs of several planes or other codecs on a server: each tile is fetched before large-image decodes it.

Imported when there is one, since large-image's readers take long to import.
"""

from collections.abc import Callable
from typing import Any

from large_image_source_ometiff import OMETiffFileTileSource  # type: ignore[import-untyped]
from large_image_source_tiff.tiff_reader import TiledTiffDirectory  # type: ignore[import-untyped]

from .directories import SUB_DIRECTORIES, Directory
from .native_tiff import pieces
from .ranged import RangedTiff


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


def can_fetch(tile_source: Any) -> bool:
    """Whether it is one whose pages are all made of upright tiles, since no others are read tile by tile."""
    if type(tile_source) is not OMETiffFileTileSource:
        return False
    found = [page._tiffInfo for page in tile_source._tiffDirectories if page]  # noqa: SLF001 -- large-image has no name
    return all(each.get("istiled") and each.get("orientation", 1) == 1 for each in found)


def fetch_first(tile_source: Any, file: RangedTiff) -> None:
    """Have an open tile source of the outline fetch every tile that it is about to read."""
    tile_source.file = file
    tile_source.__class__ = _Planes
    for page in filter(None, tile_source._tiffDirectories):  # noqa: SLF001 -- as above
        _fetching(page, file)


def _fetching(page: Any, file: RangedTiff) -> Any:
    found = pieces(_directory(page, file))
    page.fetch = lambda number: file.outline.fill(found[number : number + 1])
    page.__class__ = _Page
    return page


def _directory(page: Any, file: RangedTiff) -> Directory:
    """What the file says of an open page, which libtiff counts in the same order."""
    directory: Directory = file.pages[page._directoryNum]  # noqa: SLF001 -- as above
    if not page._subDirectoryNum:  # noqa: SLF001 -- as above
        return directory
    start = int(directory.numbers(SUB_DIRECTORIES)[page._subDirectoryNum - 1])  # noqa: SLF001 -- as above
    return next(each for each in directory.children if each.offset == start)
