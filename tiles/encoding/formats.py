"""What images come as: pictures by the fastest encoder of each format, or values as GeoTIFF, COG and NumPy arrays."""

from dataclasses import dataclass

import cv2
import numpy as np

from tiles.encoding.png import encode_indexed_png, encode_png
from tiles.encoding.webp import encode_webp
from tiles.errors import UnsupportedFormat
from tiles.sampling.pixels import Pixels
from tiles.styling.painting import Picture

JPEG_QUALITY = 75


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """A format of pictures. ``extension``: of the file's name."""

    name: str
    media_type: str
    extension: str


@dataclass(frozen=True, slots=True)
class DataFormat:
    """A format that holds values. ``extension``: of the file's name."""

    name: str
    media_type: str
    extension: str


PNG = ImageFormat("png", "image/png", "png")
JPEG = ImageFormat("jpeg", "image/jpeg", "jpg")
WEBP = ImageFormat("webp", "image/webp", "webp")
FORMATS = {"png": PNG, "jpg": JPEG, "jpeg": JPEG, "webp": WEBP}

GEOTIFF = DataFormat("geotiff", "image/tiff; application=geotiff", "tif")
COG = DataFormat("cog", "image/tiff; application=geotiff; profile=cloud-optimized", "tif")
NPY = DataFormat("npy", "application/x-binary", "npy")
DATA_FORMATS = {"tif": GEOTIFF, "tiff": GEOTIFF, "geotiff": GEOTIFF, "cog": COG, "npy": NPY}

RegionFormat = ImageFormat | DataFormat
_REGION_FORMATS: dict[str, RegionFormat] = {**FORMATS, **DATA_FORMATS}


def image_format(name: str) -> ImageFormat:
    """Return the format of pictures of that name or extension. Raises UnsupportedFormat."""
    found = FORMATS.get(name.lower())
    if found is None:
        raise UnsupportedFormat(f"Images come as {', '.join(FORMATS)}, not as {name!r}")
    return found


def region_format(name: str) -> RegionFormat:
    """Return the format, of pictures or of values, of that name or extension. Raises UnsupportedFormat."""
    found = _REGION_FORMATS.get(name.lower())
    if found is None:
        raise UnsupportedFormat(f"Images come as {', '.join(_REGION_FORMATS)}, not as {name!r}")
    return found


def encode(picture: Picture, target: ImageFormat) -> bytes:
    """Encode a picture as a file of the format."""
    if target is JPEG:
        return _encode_jpeg(picture)
    if target is WEBP:
        return encode_webp(_with_alpha(picture))
    return _encode_png(picture)


def _encode_png(picture: Picture) -> bytes:
    if picture.table is not None or (picture.alpha is not None and picture.pixels.shape[2] == 1):
        indexed = encode_indexed_png(picture)
        if indexed:
            return indexed
    return encode_png(_with_alpha(picture))


def _encode_jpeg(picture: Picture) -> bytes:
    pixels, alpha = picture.colors, picture.alpha
    if alpha is not None and pixels.shape[2] == 3:
        alpha = np.asarray(cv2.merge([alpha] * 3))
    if alpha is not None:
        # JPEG has no transparency: missing pixels are as white as paper.
        shown = cv2.multiply(pixels, alpha.reshape(pixels.shape), scale=1 / 255)
        pixels = np.asarray(cv2.add(shown, cv2.bitwise_not(alpha).reshape(pixels.shape)))
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()


def _with_alpha(picture: Picture) -> Pixels:
    """Return the picture as (rows, columns, 1, 3 or 4): gray, color, or color and alpha."""
    pixels, alpha = picture.colors, picture.alpha
    if alpha is None:
        return np.ascontiguousarray(pixels)
    planes = [pixels] if pixels.shape[2] == 3 else [pixels] * 3
    return np.asarray(cv2.merge([*planes, alpha]))
