"""What regions come as: pictures, or values as GeoTIFF, COG and NumPy arrays."""

from dataclasses import dataclass

from tiles.encoding.pictures import FORMATS, ImageFormat, image_format
from tiles.errors import UnsupportedFormat


@dataclass(frozen=True, slots=True)
class DataFormat:
    """A format that holds values. ``extension``: of the file's name."""

    name: str
    media_type: str
    extension: str


GEOTIFF = DataFormat("geotiff", "image/tiff; application=geotiff", "tif")
COG = DataFormat("cog", "image/tiff; application=geotiff; profile=cloud-optimized", "tif")
NPY = DataFormat("npy", "application/x-binary", "npy")
DATA_FORMATS = {"tif": GEOTIFF, "tiff": GEOTIFF, "geotiff": GEOTIFF, "cog": COG, "npy": NPY}
RegionFormat = ImageFormat | DataFormat


def region_format(name: str) -> RegionFormat:
    """The format of that name or extension. Raises UnsupportedFormat."""
    lower = name.lower()
    if lower in DATA_FORMATS:
        return DATA_FORMATS[lower]
    try:
        return image_format(lower)
    except UnsupportedFormat:
        known = ", ".join([*FORMATS, *DATA_FORMATS])
        raise UnsupportedFormat(f"Images come as {known}, not as {name!r}") from None
