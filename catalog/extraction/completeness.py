"""Whether the end of a file is there, for formats whose readers put grey or nothing in its place."""

from typing import Any

from osgeo import gdal

JPEG_START, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
SQLITE_START = b"SQLite format 3\x00"
TAIL_BYTES = 2**16


def ends_early(path: str, *, head: bytes, size: int) -> bool:
    """Whether a JPEG or SQLite file (MBTiles, GeoPackage) of `size` bytes is cut off; False for all others."""
    if head.startswith(JPEG_START):
        # The end marker can't occur in coded pixels (ITU T.81 B.1.1.5), and only notes of cameras come after it.
        return JPEG_END not in read_part(path, max(0, size - TAIL_BYTES), TAIL_BYTES)
    if head.startswith(SQLITE_START):
        return sqlite_length(head) > size
    return False


def sqlite_length(head: bytes) -> int:
    """Page size times pages, bytes 16 and 28 of the header (SQLite file format section 1.3); 1 stands for 65,536."""
    page = int.from_bytes(head[16:18], "big")
    return (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big")


def read_part(path: str, offset: int, length: int) -> bytes:
    """So many bytes from an offset, fewer where the file ends; none of a file that can't be opened."""
    handle: Any = gdal.VSIFOpenL(path, "rb")
    if handle is None:
        return b""
    try:
        gdal.VSIFSeekL(handle, offset, 0)
        return bytes(gdal.VSIFReadL(1, length, handle) or b"")
    finally:
        gdal.VSIFCloseL(handle)
