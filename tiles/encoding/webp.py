"""WebP by the libwebp that Pillow brings, without Pillow's detour: the very same bytes in less time.

Pillow has libwebp keep a copy of the picture as ARGB, and convert that; here it converts the picture itself. Of
libwebp's structures only the fields up to the last one needed are declared: what follows is room for any version of the
same ABI.
"""

import ctypes
import importlib
import io
from ctypes import addressof, byref, c_float, c_int, c_size_t, c_uint32, c_void_p
from functools import cache
from typing import Any, ClassVar

from PIL import Image

from tiles.sampling.pixels import Pixels
from tiles.styling.painting import Picture

QUALITY = 75
# Effort, 0-6: 0 takes a quarter of the default's time for a fifth more bytes.
EFFORT = 0
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


def encode_webp(picture: Picture) -> bytes:
    """Encode a picture with its transparency, lossily."""
    pixels = picture.channels
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
        known = library.WebPConfigInitInternal(byref(_Config()), PRESET_DEFAULT, QUALITY, ENCODER_ABI)
    except (ImportError, OSError, AttributeError):
        return None
    return library if known else None


def _encode_directly(library: Any, pixels: Pixels) -> bytes:
    """Encode pixels (rows, columns, 3 or 4); b"" when libwebp can't: the picture is too large, or memory is short."""
    config, picture, out = _Config(), _Picture(), _MemoryWriter()
    library.WebPConfigInitInternal(byref(config), PRESET_DEFAULT, QUALITY, ENCODER_ABI)
    library.WebPPictureInitInternal(byref(picture), ENCODER_ABI)
    config.method = EFFORT
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
    image.save(out, "WEBP", quality=QUALITY, method=EFFORT)
    return out.getvalue()
