"""Keep of a file's metadata what is about pixels, and drop what may be about people or places.

Files carry names of people and places where none are expected: a slide's description and comment, a camera's position,
the free text of OME and DICOM. So it is listed what may be told to every reader; whatever isn't listed is not.
"""

import re
from typing import Any

# Members of a description that are read whole: what the reader itself computed, never texts of the file.
WHOLE = frozenset({
    "driver", "driver_name", "driverShortName", "driverLongName", "size", "RasterXSize", "RasterYSize", "geotransform",
    "GeoTransform", "wkt", "Projection", "GCPProjection", "gcps", "blocksize", "overviews", "index", "dtype", "nodata",
    "interpretation", "scale", "offset", "geospatial", "frames", "IMAGE_STRUCTURE", "RPC",
})  # fmt: skip
# Tags and attributes, each by the last part of its name, whose value is a number or a short word of a format.
KEYS = re.compile(
    r"area_or_point|tifftag_(resolutionunit|[xy]resolution)|openslide\.(level-count|mpp-[xy]|objective-power|vendor"
    r"|bounds-(x|y|width|height)|icc-size|quickhash-1|level\[\d+\]\.(downsample|height|width|tile-height|tile-width)"
    r"|associated\.\w+\.(height|width))|aperio\.(mpp|appmag|originalwidth|originalheight|left|top|stripewidth)"
    r"|tiff\.(resolutionunit|[xy]resolution)|hamamatsu\.(sourcelens|[xyz]offsetfromslidecentre)"
    r"|(rows|columns|numberofframes|bits(stored|allocated)|highbit|samplesperpixel|photometricinterpretation|modality"
    r"|totalpixelmatrix(rows|columns)|planarconfiguration|pixelrepresentation|lossyimagecompression(ratio|method)?"
    r"|imagedwidth|imagedheight|imagetype|pixelspacing|pixelmeasures)"
    r"|size[xyzct]|physicalsize[xyz](unit)?|dimensionorder|significantbits|bigendian|interleaved|samplesperpixel"
    r"|levels|tile(width|height)|magnification|mm_[xy]|indexrange|indexstride|frame|index[zct]?",
    re.IGNORECASE,
)
# What holds others, by format: gone through, its own name being the format's.
CONTAINERS = re.compile(
    r"bands|metadata|Metadata|default|openslide|dicom|ome|omeinfo|OME|Image|Pixels|tiff|tiffs?info|\d+", re.ASCII
)
# Words of formats: no sentence, no name of two words, no date.
WORD = re.compile(r"[A-Za-z0-9_.+\\/µ-]{0,64}")


def technical(description: Any) -> Any:
    """Return the description without what isn't listed as technical."""
    if isinstance(description, list):
        return [technical(each) for each in description if isinstance(each, dict | list)]
    if not isinstance(description, dict):
        return description
    return {key: _kept(key, value) for key, value in description.items() if _is_told(str(key), value)}


def _kept(key: str, value: Any) -> Any:
    return value if key in WHOLE or not isinstance(value, dict | list) or KEYS.fullmatch(key) else technical(value)


def _is_told(key: str, value: Any) -> bool:
    if key in WHOLE or (CONTAINERS.fullmatch(key) and isinstance(value, dict | list)):
        return True
    return bool(KEYS.fullmatch(key)) and _is_plain(value)


def _is_plain(value: Any) -> bool:
    """Tell whether it is a number, a word, or a short list of them."""
    if isinstance(value, list):
        return len(value) <= 16 and all(not isinstance(each, dict | list) and _is_plain(each) for each in value)
    if isinstance(value, str):
        return bool(WORD.fullmatch(value))
    return value is None or isinstance(value, bool | int | float)
