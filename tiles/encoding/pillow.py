"""Encode pictures in every format that Pillow writes and large-image names, beside the web's three."""

import io
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from tiles.encoding.formats import FORMATS, ImageFormat
from tiles.encoding.pictures import JPEG_QUALITY
from tiles.errors import UnsupportedFormat
from tiles.styling.painting import Picture

# Extension → (Pillow's name, media type, modes it can hold, the one that keeps most first).
_PILLOW = {
    "tiff": ("TIFF", "image/tiff", "RGBA"),
    "tif": ("TIFF", "image/tiff", "RGBA"),
    "tiled": ("TIFF", "image/tiff", "RGBA"),
    "jfif": ("JPEG", "image/jpeg", "RGB"),
    "avif": ("AVIF", "image/avif", "RGBA"),
    "bmp": ("BMP", "image/bmp", "RGB"),
    "dib": ("DIB", "image/bmp", "RGB"),
    "pcx": ("PCX", "image/x-pcx", "RGB"),
    "eps": ("EPS", "application/postscript", "RGB"),
    "gif": ("GIF", "image/gif", "RGBA"),
    "jp2": ("JPEG2000", "image/jp2", "RGBA"),
    "jpeg2000": ("JPEG2000", "image/jp2", "RGBA"),
    "mpo": ("MPO", "image/mpo", "RGB"),
    "ppm": ("PPM", "image/x-portable-anymap", "RGB"),
    "sgi": ("SGI", "image/sgi", "RGBA"),
    "tga": ("TGA", "image/x-tga", "RGBA"),
    "xbm": ("XBM", "image/xbm", "1"),
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": JPEG_QUALITY},
    "MPO": {"quality": JPEG_QUALITY},
    "TIFF": {"compression": "tiff_lzw"},
}


def media_types() -> dict[str, str]:
    """Return the media type of each extension."""
    return {name: each.media_type for name, each in FORMATS.items()} | {
        name: media_type for name, (_, media_type, _) in _PILLOW.items()
    }


def any_format(name: str) -> ImageFormat:
    """Return the format of that extension. Raises UnsupportedFormat."""
    name = name.lower()
    if name in FORMATS:
        return FORMATS[name]
    if name not in _PILLOW:
        raise UnsupportedFormat(f"Images come as {', '.join(media_types())}, not as {name!r}")
    encoder, media_type, mode = _PILLOW[name]
    return ImageFormat(name, media_type, name, partial(_encode, encoder=encoder, mode=mode))


def _encode(picture: Picture, *, encoder: str, mode: str) -> bytes:
    """Encode a picture by Pillow. ``mode``: Pillow's name of the pixels that the format holds."""
    image = _image(picture, with_alpha=mode == "RGBA")
    out = io.BytesIO()
    image.convert(mode if mode != "RGBA" else image.mode).save(out, encoder, **_OPTIONS.get(encoder, {}))
    return out.getvalue()


def _image(picture: Picture, *, with_alpha: bool) -> Image.Image:
    colors = picture.colors
    if colors.shape[2] == 1:
        colors = np.repeat(colors, 3, axis=2)
    image = Image.fromarray(np.ascontiguousarray(colors))
    if picture.alpha is None:
        return image
    alpha = Image.fromarray(np.ascontiguousarray(picture.alpha))
    if with_alpha:
        image.putalpha(alpha)
        return image
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=alpha)
    return paper
