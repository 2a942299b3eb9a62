"""Encode pictures as PNG, JPEG or WebP, each by the encoder that was fastest for 256 x 256 pixels at equal size.

PNG is compressed by ISA-L: a quarter of zlib's time at its fastest, and as many bytes. JPEG, by libjpeg-turbo as OpenCV
has it, knows no transparency: missing pixels are as white as paper. WebP is made by the libwebp that Pillow brings,
without Pillow's detour: the very same bytes in less time. Pillow has libwebp keep a copy of the picture as ARGB, and
convert that; here it converts the picture itself. Of libwebp's structures only the fields up to the last one needed are
declared: what follows is room for any version of the same ABI.
"""

import ctypes
import importlib
import io
import struct
from ctypes import addressof, byref, c_float, c_int, c_size_t, c_uint32, c_void_p
from functools import cache
from typing import Any, ClassVar

import cv2
import numpy as np
from isal import isal_zlib
from PIL import Image

from tiles.sampling.pixels import Pixels
from tiles.styling.colormaps import colormap
from tiles.styling.painting import Picture

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Color types by the number of channels, and that of a picture with a table.
GRAY, COLOR, INDEXED, COLOR_ALPHA = 0, 2, 3, 6
COLOR_TYPES = {1: GRAY, 3: COLOR, 4: COLOR_ALPHA}
# Filter types. The difference to the row above is one subtraction; the average of left and above takes ten times as
# long, for 5 % fewer bytes of aerial photographs and 8 % more of slides.
NO_FILTER, UP = 0, 2
# ISA-L's level 3 takes up to twice as long for 1 % fewer bytes at best; level 0 packs a third worse.
PNG_LEVEL = 1
JPEG_QUALITY = 75
WEBP_QUALITY = 75
# Effort, 0-6: 0 takes a quarter of the default's time for a fifth more bytes.
WEBP_EFFORT = 0
# Of webp/encode.h. libwebp refuses to work with another major version, the upper byte.
ENCODER_ABI = 0x020F
ROOM = 64
PRESET_DEFAULT = 0


class _Config(ctypes.Structure):
    _fields_: ClassVar = [("lossless", c_int), ("quality", c_float), ("method", c_int), ("_room", c_int * ROOM)]


class _Picture(ctypes.Structure):
    _fields_: ClassVar = [
        ("use_argb", c_int),
        ("colorspace", c_int),
        ("width", c_int),
        ("height", c_int),
        ("y", c_void_p),
        ("u", c_void_p),
        ("v", c_void_p),
        ("y_stride", c_int),
        ("uv_stride", c_int),
        ("a", c_void_p),
        ("a_stride", c_int),
        ("pad1", c_uint32 * 2),
        ("argb", c_void_p),
        ("argb_stride", c_int),
        ("pad2", c_uint32 * 3),
        ("writer", c_void_p),
        ("custom_ptr", c_void_p),
        ("_room", c_void_p * ROOM),
    ]


class _MemoryWriter(ctypes.Structure):
    _fields_: ClassVar = [("mem", c_void_p), ("size", c_size_t), ("_room", c_size_t * ROOM)]


def encode_png(picture: Picture) -> bytes:
    """Encode a picture with all its colors and transparency, with a palette where 256 entries are enough."""
    if picture.table is not None or (picture.alpha is not None and picture.pixels.shape[2] == 1):
        indexed = _encode_indexed(picture)
        if indexed:
            return indexed
    return _encode_channels(_channels(picture))


def _encode_channels(pixels: Pixels) -> bytes:
    """Encode 8-bit pixels, (rows, columns, channels): gray; red, green, blue; or these with alpha.

    Formula: PNG specification, third edition, filter type 2 on every row.
    """
    height, width, channels = pixels.shape
    flat = pixels.reshape(height, width * channels)
    rows = np.empty((height, 1 + width * channels), np.uint8)
    rows[:, 0] = UP
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    return _png_file(width, height, COLOR_TYPES[channels], rows)


def _encode_indexed(picture: Picture) -> bytes:
    """Encode a picture of one band and a table (gray without one); b"" when it needs more than 256 entries."""
    pixels, alpha = picture.pixels[:, :, 0], picture.alpha
    table = colormap("gray") if picture.table is None else picture.table
    palette = [(b"PLTE", table.tobytes())]
    if alpha is not None:
        hidden = alpha == 0
        if not (hidden | (alpha == 255)).all():
            return b""
        free = _unused_index(pixels[~hidden])
        if free is None:
            return b""
        pixels = np.where(hidden, np.uint8(free), pixels)
        palette.append((b"tRNS", b"\xff" * free + b"\0"))
    height, width = pixels.shape
    rows = np.full((height, 1 + width), NO_FILTER, np.uint8)
    rows[:, 1:] = pixels
    return _png_file(width, height, INDEXED, rows, palette)


def _unused_index(values: Pixels) -> int | None:
    counts = np.bincount(values, minlength=256)
    return None if counts.all() else int(counts.argmin())


def _png_file(
    width: int, height: int, color_type: int, rows: Pixels, palette: list[tuple[bytes, bytes]] | None = None
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0)
    chunks = [(b"IHDR", header), *(palette or ()), (b"IDAT", isal_zlib.compress(rows, PNG_LEVEL)), (b"IEND", b"")]
    return PNG_SIGNATURE + b"".join(_png_chunk(kind, body) for kind, body in chunks)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", isal_zlib.crc32(body, isal_zlib.crc32(kind)))


def encode_jpeg(picture: Picture) -> bytes:
    """Encode a picture, gray or in colors, on white."""
    pixels, alpha = picture.colors, picture.alpha
    if alpha is not None and pixels.shape[2] == 3:
        alpha = np.asarray(cv2.merge([alpha] * 3))
    if alpha is not None:
        shown = cv2.multiply(pixels, alpha.reshape(pixels.shape), scale=1 / 255)
        pixels = np.asarray(cv2.add(shown, cv2.bitwise_not(alpha).reshape(pixels.shape)))
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()


def encode_webp(picture: Picture) -> bytes:
    """Encode a picture with its transparency, lossily."""
    pixels = _channels(picture)
    library = find_library() if pixels.shape[2] > 1 else None
    return (_encode_directly(library, pixels) if library else b"") or _encode_by_pillow(pixels)


@cache
def find_library() -> Any:
    """Return Pillow's libwebp; None when it is part of Pillow's own library, or has another ABI."""
    try:
        # The handle of a library finds what that depends on.
        library = ctypes.CDLL(importlib.import_module("PIL._webp").__file__)
        library.WebPConfigInitInternal.argtypes = (c_void_p, c_int, c_float, c_int)
        for name in ("WebPPictureImportRGB", "WebPPictureImportRGBA"):
            getattr(library, name).argtypes = (c_void_p, c_void_p, c_int)
        known = library.WebPConfigInitInternal(byref(_Config()), PRESET_DEFAULT, WEBP_QUALITY, ENCODER_ABI)
    except (ImportError, OSError, AttributeError):
        return None
    return library if known else None


def _encode_directly(library: Any, pixels: Pixels) -> bytes:
    """Encode pixels (rows, columns, 3 or 4); b"" when libwebp can't: the picture is too large, or memory is short."""
    config, picture, out = _Config(), _Picture(), _MemoryWriter()
    library.WebPConfigInitInternal(byref(config), PRESET_DEFAULT, WEBP_QUALITY, ENCODER_ABI)
    library.WebPPictureInitInternal(byref(picture), ENCODER_ABI)
    config.method = WEBP_EFFORT
    picture.height, picture.width = pixels.shape[:2]
    picture.writer, picture.custom_ptr = ctypes.cast(library.WebPMemoryWrite, c_void_p), addressof(out)
    take = library.WebPPictureImportRGB if pixels.shape[2] == 3 else library.WebPPictureImportRGBA
    try:
        taken = take(byref(picture), pixels.ctypes.data, pixels.strides[0])
        done = taken and library.WebPEncode(byref(config), byref(picture))
        return ctypes.string_at(out.mem, out.size) if done else b""
    finally:
        library.WebPMemoryWriterClear(byref(out))
        library.WebPPictureFree(byref(picture))


def _encode_by_pillow(pixels: Pixels) -> bytes:
    out = io.BytesIO()
    image = Image.fromarray(pixels if pixels.shape[2] > 1 else pixels[:, :, 0])
    image.save(out, "WEBP", quality=WEBP_QUALITY, method=WEBP_EFFORT)
    return out.getvalue()


def _channels(picture: Picture) -> Pixels:
    """Return the picture as (rows, columns, 1, 3 or 4): gray, color, or color and alpha."""
    colors, alpha = (picture.pixels if picture.table is None else picture.colors), picture.alpha
    if alpha is None:
        return np.ascontiguousarray(colors)
    planes = [colors] if colors.shape[2] == 3 else [colors] * 3
    return np.asarray(cv2.merge([*planes, alpha]))
