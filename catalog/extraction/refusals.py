"""What a file's first bytes say it is, to tell its owner why it can't be opened."""

import struct

from catalog.extraction.completeness import read_part
from catalog.extraction.errors import ExtractionError

HEAD_BYTES = 1024

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


def read_head(path: str) -> bytes:
    """First bytes of a file that GDAL can reach; empty for a directory or an unreadable file."""
    try:
        return read_part(path, 0, HEAD_BYTES)
    except RuntimeError:
        return b""


def is_dicom(head: bytes) -> bool:
    return head[128:132] == b"DICM"


def image_format(head: bytes) -> str | None:
    return next((name for magic, name in IMAGE_SIGNATURES.items() if head.startswith(magic)), None)


def referring_format(head: bytes) -> str | None:
    return next((name for magic, name in REFERRING_FORMATS.items() if magic in head), None)


def looks_like_text(head: bytes) -> bool:
    printable = sum(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
    return bool(head) and b"\x00" not in head and printable > 0.95 * len(head)


def explain_unopenable(gdal_message: str, *, head: bytes, size: int, name: str) -> ExtractionError:
    """The error of a file GDAL refused, judged by its bytes; GDAL's own words only choose between reasons."""
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
    """Byte offset of a TIFF's first directory (TIFF 6.0 section 2; BigTIFF: 8 bytes at offset 8); 0 if cut off."""
    order = "<" if head.startswith(b"II") else ">"
    big = head[2:4] in {b"+\x00", b"\x00+"}
    try:
        (offset,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", head, 8 if big else 4)
    except struct.error:
        return 2**63
    return int(offset)
