"""Name the formats of images: pictures by each one's fastest encoder, or values as GeoTIFF, COG and NumPy arrays."""

from collections.abc import Callable
from dataclasses import dataclass

from tiles.encoding.pictures import encode_jpeg, encode_png, encode_webp
from tiles.errors import UnsupportedFormat
from tiles.styling.painting import Picture


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """Describe a format of pictures. ``extension``: of the file's name. ``encode``: makes a file of a picture."""

    name: str
    media_type: str
    extension: str
    encode: Callable[[Picture], bytes]


@dataclass(frozen=True, slots=True)
class DataFormat:
    """Describe a format that holds values. ``extension``: of the file's name."""

    name: str
    media_type: str
    extension: str


PNG = ImageFormat("png", "image/png", "png", encode_png)
JPEG = ImageFormat("jpeg", "image/jpeg", "jpg", encode_jpeg)
WEBP = ImageFormat("webp", "image/webp", "webp", encode_webp)
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
