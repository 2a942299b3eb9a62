"""Whether a file is whole, and why it can't be opened: headers of damaged and half-copied files often read well."""

import struct
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from osgeo import gdal

from catalog.extraction.netcdf_classic import WORD, expected_size
from catalog.extraction.result import ExtractionError, Limits
from tiles.errors import SourceNotFound, SourceUnreachable, SourceUnreadable, TilesError, UnsafeSource
from tiles.sources.external_files import is_dicom
from tiles.sources.reference import SourceRef
from tiles.sources.zarr_folder import is_zarr

MAX_COUNTED_BLOCKS = 200_000
HEAD_BYTES = 1024
# Bytes of the largest remote file that comes as a whole, and those of any that open it: headers lie there.
READ_AT_ONCE, FIRST_BYTES = 2 * 2**20, 2**15
JPEG_START, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
SQLITE_START = b"SQLite format 3\x00"
NETCDF_START = (b"CDF\x01", b"CDF\x02", b"CDF\x05")
TAIL_BYTES = 2**16
IMAGE_SIGNATURES: dict[bytes, str] = {
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"II+\x00": "BigTIFF",
    b"MM\x00+": "BigTIFF",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\x89HDF\r\n\x1a\n": "HDF5",
    b"\x0e\x03\x13\x01": "HDF4",
    b"CDF\x01": "NetCDF",
    b"CDF\x02": "NetCDF",
    b"GRIB": "GRIB",
    b"NITF": "NITF",
    b"NSIF": "NSIF",
    b"SQLite format 3\x00": "SQLite",
    b"RIFF": "RIFF",
    b"BM": "BMP",
}

# Descriptions that make the reader fetch something else: refused whatever they point at.
REFERRING_FORMATS = {b"<VRTDataset": "VRT", b"<GDAL_WMS": "WMS", b"<WMS_Tile": "WMS", b"<GDAL_WMTS": "WMTS"}


def ends_early(path: str, *, size: int) -> bool:
    """Tell whether a JPEG, a classic netCDF or an SQLite file (MBTiles, GeoPackage) of `size` bytes is cut off.

    False for all others.
    """
    head = read_part(path, 0, HEAD_BYTES)
    if head.startswith(JPEG_START):
        # The end marker can't occur in coded pixels (ITU T.81 B.1.1.5), and only notes of cameras come after it.
        return JPEG_END not in read_part(path, max(0, size - TAIL_BYTES), TAIL_BYTES)
    if head.startswith(NETCDF_START):
        return expected_size(partial(read_part, path)) > size + WORD
    if head.startswith(SQLITE_START):
        # Page size times pages, bytes 16 and 28 of the header (SQLite file format section 1.3); 1 stands for 65,536.
        page = int.from_bytes(head[16:18], "big")
        return (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big") > size
    return False


def read_part(path: str, offset: int, length: int) -> bytes:
    """Read so many bytes from an offset, fewer where the file ends; none of a folder or what can't be read."""
    try:
        handle: Any = gdal.VSIFOpenL(path, "rb")
        if handle is None:
            return b""
        try:
            gdal.VSIFSeekL(handle, offset, 0)
            return bytes(gdal.VSIFReadL(1, length, handle) or b"")
        finally:
            gdal.VSIFCloseL(handle)
    except RuntimeError:
        return b""


def read_ahead(path: str, *, size: int) -> None:
    """Have GDAL keep what is read of a remote file anyway, by two requests: it asks for small parts one by one.

    Not by one request: a server that knows no ranges would answer it.
    """
    read_part(path, 0, FIRST_BYTES)
    if FIRST_BYTES < size <= READ_AT_ONCE:
        read_part(path, FIRST_BYTES, size - FIRST_BYTES)


def check_pixels(dataset: Any, *, name: str, size: int, limits: Limits) -> None:
    """Read blocks of every part of the file: all of a small one, a spread with the last of a large one.

    `size` is the file's length in bytes, 0 if unknown. Raises ExtractionError `truncated` or `corrupt`.
    """
    end = time.monotonic() + limits.probing_seconds
    try:
        for band, column, row in chosen_blocks(dataset, limits=limits):
            if time.monotonic() > end:
                break
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
        width, height = band.GetBlockSize()
        columns, rows = -(-band.XSize // width), -(-band.YSize // height)
        whole = decoded <= limits.read_whole_bytes
        count = columns * rows
        block_bytes = width * height * gdal.GetDataTypeSize(band.DataType) // 8
        block_bytes *= dataset.RasterCount if interleaved else len(indexes)
        fitting = min(limits.probed_blocks // len(indexes), limits.probed_bytes // max(1, block_bytes))
        for number in range(count) if whole else spread(count, max(2, fitting)):
            yield band, number % columns, number // columns


def spread(count: int, wanted: int) -> list[int]:
    """Return at most `wanted` numbers below `count`, evenly apart, the first and the last among them."""
    return sorted({int(number) for number in np.linspace(0, count - 1, min(count, wanted))})


def ends_beyond(dataset: Any, *, size: int) -> bool:
    """Tell whether a TIFF's block index points past `size` bytes."""
    band = dataset.GetRasterBand(1)
    width, height = band.GetBlockSize()
    columns, rows = -(-band.XSize // width), -(-band.YSize // height)
    for number in range(min(columns * rows, MAX_COUNTED_BLOCKS)):
        place = f"{number % columns}_{number // columns}"
        offset = band.GetMetadataItem(f"BLOCK_OFFSET_{place}", "TIFF")
        length = band.GetMetadataItem(f"BLOCK_SIZE_{place}", "TIFF")
        if offset and length and int(offset) + int(length) > size:
            return True
    return False


def explain_refusal(error: TilesError, ref: SourceRef, size: int | None) -> ExtractionError:
    """Return the error of a file that `tiles` doesn't open, judged by its bytes where they tell more than `tiles` does.

    Args:
        error: what `tiles` says, and GDAL before it.
        ref: the file.
        size: its bytes; None of a folder.
    """
    if isinstance(error, SourceNotFound):
        # The file itself is there: it is another one of its series.
        return ExtractionError("unreadable", f"{error.message}.")
    if isinstance(error, UnsafeSource) or not (
        error is None or isinstance(error, SourceUnreadable | SourceUnreachable)
    ):
        return ExtractionError.of(error)
    if size is None and is_zarr(ref.location):
        return ExtractionError("not_an_image", f"{error.message}.")
    if size is None:
        return ExtractionError("not_an_image", f"{ref.name} is a folder, but not one that is an image, such as Zarr.")
    # Without the path, whose own words (a codec's, a compression's) tell nothing of what went wrong.
    message = gdal_message(error).replace(ref.location, "")
    return explain_unopenable(message, head=read_part(ref.location, 0, HEAD_BYTES), size=size, name=ref.name)


def gdal_message(error: BaseException | None) -> str:
    """Find GDAL's own words among the causes of an error; empty when there are none."""
    while error is not None and not isinstance(error, RuntimeError):
        error = error.__cause__ or error.__context__
    return str(error or "")


def image_format(head: bytes) -> str | None:
    return next((name for magic, name in IMAGE_SIGNATURES.items() if head.startswith(magic)), None)


def referring_format(head: bytes) -> str | None:
    return next((name for magic, name in REFERRING_FORMATS.items() if magic in head), None)


def looks_like_text(head: bytes) -> bool:
    printable = sum(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
    return bool(head) and b"\x00" not in head and printable > 0.95 * len(head)


def explain_unopenable(gdal_message: str, *, head: bytes, size: int, name: str) -> ExtractionError:
    """Return the error of a file by its first bytes; GDAL's own words only choose between reasons."""
    if size == 0:
        return ExtractionError("not_an_image", f"{name} is empty.")
    if not head:
        return ExtractionError("unreadable", f"{name} can't be read piece by piece: its server doesn't offer ranges.")
    if (referring := referring_format(head)) is not None:
        return ExtractionError(
            "unsupported_format", f"{name} is a {referring} description of other data. Ingest the files it refers to."
        )
    if is_dicom(head):
        return ExtractionError("unsupported_format", f"{name} is a DICOM file without an image that can be shown.")
    if (known := image_format(head)) is not None:
        return explain_known(gdal_message, known=known, head=head, size=size, name=name)
    if looks_like_text(head):
        return ExtractionError("not_an_image", f"{name} holds text, not an image.")
    return ExtractionError("not_an_image", f"{name} is in no image format that can be read here.")


def explain_known(gdal_message: str, *, known: str, head: bytes, size: int, name: str) -> ExtractionError:
    lowered = gdal_message.lower()
    if "codec" in lowered or "compression" in lowered:
        return ExtractionError("unsupported_format", f"{name} is a {known} with a compression that can't be read here.")
    if known.endswith("TIFF") and first_directory(head) >= size:
        return ExtractionError("truncated", f"{name} is incomplete: it ends before its image directory.")
    if "not recognized as" in lowered and known in {"SQLite", "RIFF", "HDF4"}:
        return ExtractionError("not_an_image", f"{name} is a {known} file without imagery that can be read here.")
    return ExtractionError("corrupt", f"{name} begins as a {known} file, but its structure is damaged or incomplete.")


def first_directory(head: bytes) -> int:
    """Read a TIFF's offset of its first directory (TIFF 6.0 section 2; BigTIFF: 8 bytes at 8); 2**63 if cut off."""
    order = "<" if head.startswith(b"II") else ">"
    big = head[2:4] in {b"+\x00", b"\x00+"}
    try:
        (offset,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", head, 8 if big else 4)
    except struct.error:
        return 2**63
    return int(offset)
