"""Are a file's end and a raster's pixels really there? Headers of damaged and half-copied files often read well."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from osgeo import gdal

from catalog.extraction.result import ExtractionError, Limits

MAX_COUNTED_BLOCKS = 200_000
HEAD_BYTES = 1024
JPEG_START, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
SQLITE_START = b"SQLite format 3\x00"
TAIL_BYTES = 2**16


def ends_early(path: str, *, head: bytes, size: int) -> bool:
    """Tell whether a JPEG or SQLite file (MBTiles, GeoPackage) of `size` bytes is cut off; False for all others."""
    if head.startswith(JPEG_START):
        # The end marker can't occur in coded pixels (ITU T.81 B.1.1.5), and only notes of cameras come after it.
        return JPEG_END not in read_part(path, max(0, size - TAIL_BYTES), TAIL_BYTES)
    if head.startswith(SQLITE_START):
        return sqlite_length(head) > size
    return False


def sqlite_length(head: bytes) -> int:
    """Multiply page size and pages, bytes 16 and 28 of the header (SQLite file format section 1.3)."""
    # 1 stands for 65,536.
    page = int.from_bytes(head[16:18], "big")
    return (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big")


def read_part(path: str, offset: int, length: int) -> bytes:
    """Read so many bytes from an offset, fewer where the file ends; none of a file that can't be opened."""
    handle: Any = gdal.VSIFOpenL(path, "rb")
    if handle is None:
        return b""
    try:
        gdal.VSIFSeekL(handle, offset, 0)
        return bytes(gdal.VSIFReadL(1, length, handle) or b"")
    finally:
        gdal.VSIFCloseL(handle)


def read_head(path: str) -> bytes:
    """Read the first bytes of a file that GDAL can reach; empty for a directory or an unreadable file."""
    try:
        return read_part(path, 0, HEAD_BYTES)
    except RuntimeError:
        return b""


def check_pixels(dataset: Any, *, name: str, size: int, limits: Limits) -> None:
    """Read blocks of every part of the file: all of a small one, a spread with the last of a large one.

    `size` is the file's length in bytes, 0 if unknown. Raises ExtractionError `truncated` or `corrupt`.
    """
    try:
        for band, column, row in chosen_blocks(dataset, limits=limits):
            width, height = band.GetBlockSize()
            x, y = column * width, row * height
            band.ReadRaster(x, y, min(width, band.XSize - x), min(height, band.YSize - y))
    except RuntimeError:
        raise damage(dataset, name=name, size=size) from None


def damage(dataset: Any, *, name: str, size: int) -> ExtractionError:
    """Return the error of a raster whose pixels can't be read: cut off, or broken inside."""
    if size and ends_beyond(dataset, size=size):
        return ExtractionError("truncated", f"{name} is incomplete: some of its pixels lie beyond the end of the file.")
    return ExtractionError("corrupt", f"{name} is damaged: some of its pixels can't be decoded.")


def chosen_blocks(dataset: Any, *, limits: Limits) -> Iterator[tuple[Any, int, int]]:
    """Give band, column and row of the blocks to decode: all of a small raster, some all over a large one."""
    first = dataset.GetRasterBand(1)
    interleaved = dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL"
    indexes = [1] if interleaved else spread(dataset.RasterCount, limits.probed_blocks)
    decoded = first.XSize * first.YSize * dataset.RasterCount * gdal.GetDataTypeSize(first.DataType) // 8
    for index in indexes:
        band = dataset.GetRasterBand(index + (0 if interleaved else 1))
        columns, rows = block_grid(band)
        whole = decoded <= limits.read_whole_bytes
        count = columns * rows
        for number in range(count) if whole else spread(count, max(2, limits.probed_blocks // len(indexes))):
            yield band, number % columns, number // columns


def spread(count: int, wanted: int) -> list[int]:
    """Return at most `wanted` numbers below `count`, evenly apart, the first and the last among them."""
    return sorted({int(number) for number in np.linspace(0, count - 1, min(count, wanted))})


def block_grid(band: Any) -> tuple[int, int]:
    width, height = band.GetBlockSize()
    return -(-band.XSize // width), -(-band.YSize // height)


def ends_beyond(dataset: Any, *, size: int) -> bool:
    """Tell whether a TIFF's block index points past `size` bytes."""
    band = dataset.GetRasterBand(1)
    columns, rows = block_grid(band)
    for number in range(min(columns * rows, MAX_COUNTED_BLOCKS)):
        place = f"{number % columns}_{number // columns}"
        offset = band.GetMetadataItem(f"BLOCK_OFFSET_{place}", "TIFF")
        length = band.GetMetadataItem(f"BLOCK_SIZE_{place}", "TIFF")
        if offset and length and int(offset) + int(length) > size:
            return True
    return False
