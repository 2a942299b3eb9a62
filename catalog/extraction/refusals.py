"""What a file's first bytes say it is, to tell its owner why it can't be opened."""

import struct
from typing import Any

from catalog.extraction.integrity import read_head
from catalog.extraction.result import ExtractionError
from tiles.errors import SourceNotFound, SourceUnreachable, SourceUnreadable, TilesError, UnsafeSource
from tiles.sources.external_files import is_dicom
from tiles.sources.reference import SourceRef

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

REFERRING_FORMATS = {b"<VRTDataset": "VRT", b"<GDAL_WMS": "WMS", b"<WMS_Tile": "WMS", b"<GDAL_WMTS": "WMTS"}
"""Descriptions that make the reader fetch something else: refused whatever they point at."""


def explain_refusal(error: TilesError, ref: SourceRef, status: Any) -> ExtractionError:
    """Return the error of a file that `tiles` doesn't open, judged by its bytes where they tell more than `tiles` does.

    Args:
        error: what `tiles` says, and GDAL before it.
        ref: the file.
        status: what `gdal.VSIStatL` says of it.
    """
    if isinstance(error, SourceNotFound):
        # The file itself is there: it is another one of its series.
        return ExtractionError("unreadable", f"{error.message}.")
    if isinstance(error, UnsafeSource) or not (
        error is None or isinstance(error, SourceUnreadable | SourceUnreachable)
    ):
        return ExtractionError.of(error)
    if status.IsDirectory():
        return ExtractionError("not_an_image", f"{ref.name} is a folder, but not one that is an image, such as Zarr.")
    # Without the path, whose own words (a codec's, a compression's) tell nothing of what went wrong.
    message = gdal_message(error).replace(ref.location, "")
    return explain_unopenable(message, head=read_head(ref.location), size=status.size, name=ref.name)


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
