"""Pictures as PNG, JPEG or WebP, each by the encoder that was fastest for 256 x 256 pixels at equal size."""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from .errors import UnsupportedFormat
from .indexed_png import encode_indexed_png
from .painting import Picture
from .reading import Pixels

JPEG_QUALITY = 75
WEBP_QUALITY = 75
# WebP's effort, 0-6: 0 takes a quarter of the default's time for a fifth more bytes.
WEBP_EFFORT = 0
# zlib's level: 6 takes thrice as long for a sixth fewer bytes.
PNG_LEVEL = 1
# JPEG has no transparency; missing pixels are as white as paper.
JPEG_BACKGROUND = 255


@dataclass(frozen=True, slots=True)
class ImageFormat:
    name: str
    media_type: str
    extension: str


PNG = ImageFormat("png", "image/png", "png")
JPEG = ImageFormat("jpeg", "image/jpeg", "jpg")
WEBP = ImageFormat("webp", "image/webp", "webp")
FORMATS = {"png": PNG, "jpg": JPEG, "jpeg": JPEG, "webp": WEBP}


def image_format(name: str) -> ImageFormat:
    """The format of that name or extension. Raises UnsupportedFormat."""
    try:
        return FORMATS[name.lower()]
    except KeyError:
        raise UnsupportedFormat(f"Images come as {', '.join(FORMATS)}, not as {name!r}") from None


def encode(picture: Picture, target: ImageFormat) -> bytes:
    if target is JPEG:
        return _encode_jpeg(picture)
    if target is WEBP:
        return _encode_webp(picture)
    return _encode_png(picture)


def _encode_png(picture: Picture) -> bytes:
    if picture.table is not None or (picture.alpha is not None and picture.pixels.shape[2] == 1):
        indexed = encode_indexed_png(picture, level=PNG_LEVEL)
        if indexed:
            return indexed
    options = [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB]
    return _opencv(".png", _blue_first(picture.colors, picture.alpha), options)


def _encode_jpeg(picture: Picture) -> bytes:
    pixels = picture.colors
    if picture.alpha is not None:
        share = picture.alpha[:, :, None] / np.float32(255)
        pixels = (pixels * share + JPEG_BACKGROUND * (1 - share)).astype(np.uint8)
    return _opencv(".jpg", _blue_first(pixels, None), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def _encode_webp(picture: Picture) -> bytes:
    pixels = picture.colors
    if pixels.shape[2] == 1:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    if picture.alpha is not None:
        pixels = np.asarray(cv2.merge([*cv2.split(pixels), picture.alpha]), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "WEBP", quality=WEBP_QUALITY, method=WEBP_EFFORT)
    return out.getvalue()


def _blue_first(pixels: Pixels, alpha: Pixels | None) -> Pixels:
    """OpenCV's order of channels."""
    is_gray = pixels.shape[2] == 1
    if alpha is None:
        return pixels if is_gray else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    red, green, blue = (pixels[:, :, 0],) * 3 if is_gray else cv2.split(pixels)
    return np.asarray(cv2.merge([blue, green, red, alpha]))


def _opencv(extension: str, pixels: Pixels, options: list[int]) -> bytes:
    _, encoded = cv2.imencode(extension, pixels, options)
    return encoded.tobytes()
