"""PNG with a color table: a third of the bytes and of the time of full color. No encoder here writes it."""

import struct
import zlib

import numpy as np

from .colormaps import colormap
from .painting import Picture

SIGNATURE = b"\x89PNG\r\n\x1a\n"
INDEXED = 3
# Shorter than the default's, and as small for one byte a pixel.
STRATEGY = zlib.Z_FILTERED


def encode_indexed_png(picture: Picture, *, level: int) -> bytes:
    """The picture of one band and a table (gray without one); b"" when it needs more than 256 entries.

    Formula: PNG specification, third edition, color type 3, filter type 0 on every row.
    """
    pixels, alpha = picture.pixels[:, :, 0], picture.alpha
    table = colormap("gray") if picture.table is None else picture.table
    transparency = b""
    if alpha is not None:
        hidden = alpha == 0
        if not (hidden | (alpha == 255)).all():
            return b""
        free = _unused_index(pixels[~hidden])
        if free is None:
            return b""
        pixels = np.where(hidden, np.uint8(free), pixels)
        transparency = b"\xff" * free + b"\0"
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = pixels
    packer = zlib.compressobj(level, zlib.DEFLATED, 15, 9, STRATEGY)
    header = struct.pack(">IIBBBBB", width, height, 8, INDEXED, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", table.tobytes())]
    if transparency:
        chunks.append((b"tRNS", transparency))
    chunks += [(b"IDAT", packer.compress(rows.tobytes()) + packer.flush()), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks)


def _unused_index(values: np.ndarray) -> int | None:
    counts = np.bincount(values, minlength=256)
    return None if counts.all() else int(counts.argmin())


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
