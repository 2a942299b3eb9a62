"""The JPEG tiles of a TIFF, an SVS or an OME-TIFF of one plane."""

import io
import logging
import os
import weakref
from typing import Any

import numpy as np
import tifftools  # type: ignore[import-untyped]

from .native_tiles import ROUNDING, NativeLevel, order_levels, snap, spliced_head

# It remarks on every oddity of a file that it reads all the same.
logging.getLogger("tifftools").setLevel(logging.ERROR)

JPEG = 7
RGB, YCBCR = 2, 6
# Tags, as the TIFF specification numbers them.
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, PLANAR = 256, 257, 258, 259, 262, 284
TILE_WIDTH, TILE_HEIGHT, OFFSETS, COUNTS, TABLES, SUB_IFDS = 322, 323, 324, 325, 347, 330
# Pixels of a tile's side, bytes of one tile, and places of a file that are looked at: a hostile file's directories may
# lead in a circle, and its numbers be anything.
TILE_SIDES = range(16, 4097)
TILE_BYTES = 64 * 2**20
MOST_SEEKS = 200_000


class _BoundedFile(io.FileIO):
    """A file that ends with an OSError when its reader doesn't come to an end."""

    seeks = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self.seeks += 1
        if self.seeks > MOST_SEEKS:
            raise OSError("The directories of the TIFF have no end")
        return super().seek(offset, whence)


class _File:
    """A file open for reading at any place by any thread, closed with the last level that uses it."""

    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self.descriptor)

    def read(self, offset: int, count: int) -> bytes:
        return os.pread(self.descriptor, count, offset)


def tiff_levels(path: str) -> tuple[NativeLevel, ...]:
    """The levels of the file's first image, the finest first; empty when they aren't made of JPEG tiles."""
    try:
        with _BoundedFile(path) as bounded:
            directories = tifftools.read_tiff(bounded)["ifds"]
        return _levels(path, directories) if directories else ()
    except Exception:  # noqa: BLE001 -- whatever a broken directory makes of the numbers in it, it has no such tiles
        return ()


def _levels(path: str, directories: list[dict[str, Any]]) -> tuple[NativeLevel, ...]:
    first = directories[0]
    subs = [each for chain in first["tags"].get(SUB_IFDS, {}).get("ifds", ()) for each in chain]
    file = _File(path)
    base = _level(first, file, base=None)
    if base is None:
        return ()
    found = [_level(each, file, base=base) for each in (*subs, *directories[1:])]
    return order_levels([base, *(level for level in found if level)])


def _value(tags: dict[int, Any], tag: int, default: int = 0) -> int:
    return int(tags[tag]["data"][0]) if tag in tags else default


def _level(directory: dict[str, Any], file: _File, *, base: NativeLevel | None) -> NativeLevel | None:
    """One directory as a level of ``base``; None when it is something else: a label, or other compression."""
    tags = directory["tags"]
    bits = tuple(tags[BITS]["data"]) if BITS in tags else ()
    photometric = _value(tags, PHOTOMETRIC)
    usable = (
        _value(tags, COMPRESSION) == JPEG
        and TILE_WIDTH in tags
        and OFFSETS in tags
        and bits == (8, 8, 8)
        and photometric in {RGB, YCBCR}
        and _value(tags, PLANAR, 1) == 1
        and _value(tags, TILE_WIDTH) in TILE_SIDES
        and _value(tags, TILE_HEIGHT) in TILE_SIDES
    )
    if not usable:
        return None
    width, height = _value(tags, WIDTH), _value(tags, HEIGHT)
    factor = snap(base.width, width) if base else 1.0
    if base and not _same_picture(base, height, factor):
        return None
    return NativeLevel(
        width=width,
        height=height,
        tile_width=_value(tags, TILE_WIDTH),
        tile_height=_value(tags, TILE_HEIGHT),
        factor=factor,
        read=_reader(tags, file, columns=-(-width // _value(tags, TILE_WIDTH)), is_rgb=photometric == RGB),
    )


def _same_picture(base: NativeLevel, height: int, factor: float) -> bool:
    """Whether a smaller picture has the proportions of the image: labels and macros have others."""
    return factor > 1 and abs(base.height / height - factor) < factor * ROUNDING * 4


def _reader(tags: dict[int, Any], file: _File, *, columns: int, is_rgb: bool) -> Any:
    offsets, counts = (np.array(tags[tag]["data"], dtype=np.uint64) for tag in (OFFSETS, COUNTS))
    tables = tags[TABLES]["data"] if TABLES in tags else b""
    head = spliced_head(bytes(tables), is_rgb=is_rgb)

    def read(column: int, row: int) -> bytes:
        index = row * columns + column
        if index >= offsets.size or not counts[index]:
            return b""
        return head + file.read(int(offsets[index]), min(int(counts[index]), TILE_BYTES))[2:]

    return read
