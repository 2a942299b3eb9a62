"""Read the JPEG tiles of a TIFF, an SVS or an OME-TIFF of one plane."""

import os
import weakref
from collections.abc import Iterable, Iterator, Sequence

from tiles.errors import SourceUnreadable
from tiles.slides.levels import ROUNDING, snap
from tiles.slides.native_tiles import NativeLevel, Place, ReadTiles, order_levels, spliced_head
from tiles.slides.tiff_directories import Directory, Read, read_directories
from tiles.sources.ranges import runs

JPEG = 7
JPEG_START = b"\xff\xd8"
RGB, YCBCR = 2, 6
# Tags, as the TIFF specification numbers them.
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, PLANAR = 256, 257, 258, 259, 262, 284
TILE_WIDTH, TILE_HEIGHT, OFFSETS, COUNTS, TABLES = 322, 323, 324, 325, 347
STRIP_OFFSETS, STRIP_COUNTS = 273, 279
# Pixels of a tile's side and bytes of one tile: a hostile file's numbers may be anything.
TILE_SIDES = range(16, 4097)
TILE_BYTES = 64 * 2**20


class LocalFile:
    """Keep a file open for reading at any place by any thread, until the last level that uses it is gone."""

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self.descriptor)

    def read(self, offset: int, count: int) -> bytes:
        try:
            return os.pread(self.descriptor, count, offset)
        except OverflowError:  # Beyond the end of any file.
            return b""


def tiff_levels(path: str) -> tuple[NativeLevel, ...]:
    """Return the levels of a local file's first image, the finest first; empty when they aren't made of JPEG tiles."""
    try:
        file = LocalFile(path)
        return levels_of(read_directories(file.read), file.read)
    except (SourceUnreadable, OSError):
        return ()


def levels_of(pages: Sequence[Directory], read: Read) -> tuple[NativeLevel, ...]:
    """Return the levels of the first image of a file that ``read`` reads; empty when they aren't made of JPEG tiles."""
    found = level_pages(pages)
    return order_levels([_level(page, read, base=found[0]) for page in found])


def level_pages(pages: Sequence[Directory]) -> list[Directory]:
    """List pages of the first image and its smaller copies, all of JPEG tiles; none when the first isn't."""
    found = pyramid(pages)
    return [page for page in found if _has_jpeg_tiles(page)] if found and _has_jpeg_tiles(found[0]) else []


def pyramid(pages: Sequence[Directory]) -> list[Directory]:
    """List pages of the first image and its smaller copies, in tiles of any codec; none when the first has none."""
    if not pages or not _has_tiles(pages[0]):
        return []
    base = pages[0]
    smaller = (*base.children, *pages[1:])
    return [base, *(each for each in smaller if _has_tiles(each) and _is_smaller_copy(each, base))]


def _has_tiles(page: Directory) -> bool:
    return bool(
        page.number(TILE_WIDTH) in TILE_SIDES
        and page.number(TILE_HEIGHT) in TILE_SIDES
        and page.number(WIDTH)
        and page.number(HEIGHT)
        and page.numbers(OFFSETS).size
    )


def _has_jpeg_tiles(page: Directory) -> bool:
    return bool(
        page.number(COMPRESSION) == JPEG
        and page.numbers(BITS).tolist() == [8, 8, 8]
        and page.number(PHOTOMETRIC) in {RGB, YCBCR}
        and page.number(PLANAR, 1) == 1
    )


def _is_smaller_copy(page: Directory, base: Directory) -> bool:
    """Return whether a picture has the proportions of the image: labels and macros have others."""
    factor = snap(base.number(WIDTH), page.number(WIDTH))
    return factor > 1 and abs(base.number(HEIGHT) / page.number(HEIGHT) - factor) < factor * ROUNDING * 4


def _level(page: Directory, read: Read, *, base: Directory) -> NativeLevel:
    width, height, tile_width, tile_height = map(page.number, (WIDTH, HEIGHT, TILE_WIDTH, TILE_HEIGHT))
    tiles = _tile_reader(page, read, columns=-(-width // tile_width))
    return NativeLevel(width, height, tile_width, tile_height, snap(base.number(WIDTH), width), read=tiles)


def pieces(page: Directory, numbers: Iterable[int] | None = None) -> list[tuple[int, int]]:
    """Return (offset, count) of a page's tiles or strips, or of those that are asked for by number."""
    kind = (OFFSETS, COUNTS) if OFFSETS in page.values else (STRIP_OFFSETS, STRIP_COUNTS)
    offsets, counts = (page.numbers(tag) for tag in kind)
    there = range(min(offsets.size, counts.size))
    wanted = there if numbers is None else [number for number in numbers if number in there]
    return [(int(offsets[number]), min(int(counts[number]), TILE_BYTES)) for number in wanted]


def _tile_reader(page: Directory, read: Read, *, columns: int) -> ReadTiles:
    offsets, counts = (page.numbers(tag) for tag in (OFFSETS, COUNTS))
    limit = min(offsets.size, counts.size)
    head = spliced_head(page.text(TABLES), is_rgb=page.number(PHOTOMETRIC) == RGB)

    def place(tile: Place) -> tuple[int, int]:
        index = tile[1] * columns + tile[0]
        return (int(offsets[index]), min(int(counts[index]), TILE_BYTES)) if index < limit else (0, 0)

    def read_tiles(tiles: Sequence[Place]) -> Iterator[bytes | None]:
        wanted = [place(tile) for tile in tiles]
        for tile, (_, count), content in zip(tiles, wanted, read_pieces(wanted, read), strict=True):
            if not count and tile[1] * columns + tile[0] < limit:
                yield None
            else:
                yield head + content[2:] if content.startswith(JPEG_START) else b""

    return read_tiles


def read_pieces(wanted: Sequence[tuple[int, int]], read: Read) -> Iterator[bytes]:
    """Read the bytes at each (offset, count), in that order; those that follow each other closely by one read."""
    for run in runs(wanted):
        start, end = run[0][0], max(offset + count for offset, count in run)
        content = memoryview(read(start, end - start))
        yield from (bytes(content[offset - start : offset - start + count]) for offset, count in run)
