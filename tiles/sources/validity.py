"""Know the types of bands' values, and tell which pixels count: one table and one definition for all that reads.

Statistics, stretches, values and pictures go by it.

A value is missing where it is the band's nodata value, infinite, or no number. A pixel is hidden where alpha or the
file's mask is 0, or where all bands have the values of the tag NODATA_VALUES.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice, product
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from osgeo import gdal

from tiles.errors import TooLarge
from tiles.limits import check_deadline

Values = npt.NDArray[Any]
Mask = npt.NDArray[np.uint8]
Shown = npt.NDArray[np.bool_]

SIGNED_BYTE = "Int8"
LARGEST_INT8, LARGEST_BYTE = 127, 255
# NumPy's types of numbers as they lie in a file.
FILE_TYPES: dict[str, np.dtype[Any]] = {
    "Byte": np.dtype(np.uint8), SIGNED_BYTE: np.dtype(np.int8),
    "UInt16": np.dtype(np.uint16), "Int16": np.dtype(np.int16),
    "UInt32": np.dtype(np.uint32), "Int32": np.dtype(np.int32),
    "UInt64": np.dtype(np.uint64), "Int64": np.dtype(np.int64),
    "Float16": np.dtype(np.float16), "Float32": np.dtype(np.float32), "Float64": np.dtype(np.float64),
    "CInt16": np.dtype(np.complex64), "CInt32": np.dtype(np.complex64),
    "CFloat32": np.dtype(np.complex64), "CFloat64": np.dtype(np.complex128),
}  # fmt: skip
# Complex numbers count by their amplitude.
AMPLITUDE = np.dtype(np.float32)
# Bytes of the widest integers.
LONG = 8
# Bytes of a number beyond which single precision may not hold it.
SINGLE_BYTES = 2
# What STAC calls them: by their size, complex numbers as GDAL does.
STAC_NAMES = {name: name.lower() if kind.kind == "c" else kind.name for name, kind in FILE_TYPES.items()}
# Reads pixels of a band; also given is the same band in smaller sizes.
Read = Callable[[Any, Sequence[Any]], Values]

# What OpenCV compares with a number at once.
COMPARABLE = (np.uint8, np.uint16, np.int16)
# Bands that are looked at for one that is alpha.
LOOKED_AT = 16
# What GDAL says of a band whose mask is none, or made of alpha or nodata values.
NO_MASK = gdal.GMF_ALL_VALID | gdal.GMF_ALPHA | gdal.GMF_NODATA
# Pixels of a mask that are read at most where its file has no smaller copy of it.
MOST_MASK_PIXELS = 2**30

# Blocks that are looked at for one that was written.
MOST_BLOCKS = 1024


def band_type(band: Any) -> tuple[str, np.dtype[Any]]:
    """Return GDAL's name of a band's type, and the NumPy type that its values are read as.

    It is ``Int8`` also for bytes with a sign, which GDAL before 3.7 has no type for.
    """
    name = str(gdal.GetDataTypeName(band.DataType))
    if band.DataType == gdal.GDT_Byte and band.GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE") == "SIGNEDBYTE":
        name = SIGNED_BYTE
    found = FILE_TYPES.get(name, AMPLITUDE)
    return name, AMPLITUDE if found.kind == "c" else found


def as_type(values: Values, kind: np.dtype[Any]) -> Values:
    """Return an array that GDAL read as the band's values: signed bytes with their sign, amplitudes of complex numbers.

    Overviews don't always say that their bytes have a sign; so it is ``kind``, the band's own type, that tells.
    """
    if np.iscomplexobj(values):
        return np.abs(values).astype(AMPLITUDE)
    return values.view(np.int8) if kind == np.int8 and values.dtype == np.uint8 else values


def precise_type(kind: np.dtype[Any]) -> np.dtype[Any]:
    """Return the floating-point type that holds every value of a type, or nearly so: of 64 bits none does."""
    is_single = kind.itemsize <= (AMPLITUDE.itemsize if kind.kind == "f" else SINGLE_BYTES)
    return np.dtype(np.float32 if is_single else np.float64)


def own_nodata(nodata: float | None, kind: np.dtype[Any]) -> float | None:
    """Return a nodata value as the band's type has it: 255 is -1 of bytes with a sign, as unsigned readers wrote it."""
    is_unsigned = nodata is not None and kind == np.int8 and LARGEST_INT8 < nodata <= LARGEST_BYTE
    return nodata - LARGEST_BYTE - 1 if nodata is not None and is_unsigned else nodata


def fits(value: float, data_type: np.dtype[Any]) -> bool:
    """Tell whether nodata can occur in an array of this type: -9999 can't among bytes, nor 1e39 in float32."""
    if data_type.kind == "f":
        with np.errstate(over="ignore"):
            return math.isinf(value) or not np.isinf(data_type.type(value))
    if not math.isfinite(value):
        return False
    bounds = np.iinfo(data_type)
    return bool(bounds.min <= value <= bounds.max and value == int(value))


def missing_mask(values: Values, nodata: float | None) -> Mask | None:
    """Return 255 where a band has no value; None: it has one everywhere."""
    is_number = nodata is not None and math.isfinite(nodata) and fits(nodata, values.dtype)
    if values.dtype in COMPARABLE:
        found = np.asarray(cv2.inRange(values, nodata, nodata)) if is_number else None
    elif values.dtype.kind == "f":
        found = (~np.isfinite(values)).view(np.uint8) * np.uint8(255)
        if is_number:
            found |= (values == values.dtype.type(nodata)).view(np.uint8) * np.uint8(255)
    else:
        found = (values == values.dtype.type(nodata)).view(np.uint8) * np.uint8(255) if is_number else None
    return None if found is None or cv2.countNonZero(found) == 0 else found


def known_values(values: Values, nodata: float | None) -> Shown | None:
    """Return where values, of any shape, are numbers other than nodata; None: everywhere."""
    missing = missing_mask(np.atleast_2d(values), nodata) if values.size else None
    return None if missing is None else np.asarray((missing == 0).reshape(values.shape))


def opacity_of(values: Values) -> Mask:
    """Return values of a mask or an alpha band as 0-255: what is hardly visible stays visible."""
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.uint16:
        # Formula: GDAL's GDALRescaledAlphaBand.
        return np.asarray(np.maximum(values // 257, values > 0), np.uint8)
    return np.asarray((values > 0).view(np.uint8) * np.uint8(255))


def weaker(first: Mask | None, second: Mask | None) -> Mask | None:
    """Return the smaller of two opacities, each (rows, columns); None: all opaque."""
    if first is None or second is None:
        return second if first is None else first
    return np.minimum(first, second)


class Validity:
    """Know what hides pixels of a dataset beside its values. Belongs to the thread of the dataset."""

    def __init__(self, dataset: Any) -> None:
        """Ask the dataset.

        ``alpha_band``: the index of the alpha band, wherever it is; 0: there is none. ``has_mask``: whether a mask for
        all bands comes with the file, inside or beside it. ``nodata_values``: those that all bands have together where
        a pixel is missing; None: there are none. ``hides``: whether anything may hide pixels.
        """
        self._dataset = dataset
        self._reduced: dict[str, list[Any]] = {}
        self.alpha_band, count = 0, dataset.RasterCount
        # The last as a rule. Beyond a handful, hundreds of bands aren't asked.
        for index in (count, *range(1, min(count, LOOKED_AT))) if count > 1 else ():
            if dataset.GetRasterBand(index).GetColorInterpretation() == gdal.GCI_AlphaBand:
                self.alpha_band = index
                break
        self.has_mask = not dataset.GetRasterBand(1).GetMaskFlags() & NO_MASK
        text = dataset.GetMetadataItem("NODATA_VALUES")
        self.nodata_values = _numbers(text, count) if text else None
        self.hides = bool(self.alpha_band or self.has_mask or self.nodata_values)

    def opacity(self, read: Read, *, band: int = 0) -> Mask | None:
        """Return 0-255 of the pixels that ``read`` reads; None: all are opaque.

        ``band``: the one that is looked at: alpha doesn't hide itself.
        """
        found: Mask | None = None
        if self.alpha_band and band != self.alpha_band:
            found = opacity_of(self._read(read, self.alpha_band))
        if self.has_mask:
            full = self._dataset.GetRasterBand(1).GetMaskBand()
            found = weaker(found, opacity_of(read(full, self._reduced_masks(full))))
        if self.nodata_values:
            same = [self._read(read, index) == value for index, value in enumerate(self.nodata_values, 1)]
            shown = ~np.logical_and.reduce(same)
            found = weaker(found, shown.view(np.uint8) * np.uint8(255))
        return found

    def _read(self, read: Read, index: int) -> Values:
        band = self._dataset.GetRasterBand(index)
        name = str(index)
        if name not in self._reduced:
            self._reduced[name] = overviews(band)
        return read(band, self._reduced[name])

    def _reduced_masks(self, full: Any) -> list[Any]:
        """Return smaller copies of the mask: its own, and those that come with the image's."""
        if "mask" not in self._reduced:
            own = [
                each.GetMaskBand()
                for each in overviews(self._dataset.GetRasterBand(1))
                if not each.GetMaskFlags() & NO_MASK
            ]
            # Added after the overviews, a TIFF's mask has some as well, of which nothing was ever written.
            is_tiff = self._dataset.GetDriver().ShortName == "GTiff"
            is_empty = is_tiff and bool(own) and not _is_written(min(own, key=_pixels))
            self._reduced["mask"] = [*([] if is_empty else own), *overviews(full)]
        return self._reduced["mask"]


def _numbers(text: str, count: int) -> tuple[float, ...] | None:
    try:
        found = tuple(map(float, text.split()))
    except ValueError:
        return None
    return found if len(found) == count else None


def _is_written(band: Any) -> bool:
    """Tell whether any block of a TIFF's band is in the file."""
    width, height = band.GetBlockSize()
    blocks = product(range(-(-band.XSize // width)), range(-(-band.YSize // height)))
    return any(
        band.GetMetadataItem(f"BLOCK_OFFSET_{column}_{row}", "TIFF") for column, row in islice(blocks, MOST_BLOCKS)
    )


def _pixels(band: Any) -> int:
    return int(band.XSize * band.YSize)


def overviews(band: Any) -> list[Any]:
    """Return the overviews of a band that can be read."""
    return [found for index in range(band.GetOverviewCount()) if (found := band.GetOverview(index))]


def read_level(window: tuple[int, int, int, int], size: tuple[int, int], level: tuple[int, int]) -> Read:
    """Return a function that reads a window decimated to ``size``, both (width, height).

    ``level``: width and height of the image or overview that the window is of. Where a band has none of that size, the
    next larger one is read. Raises TooLarge.
    """
    return partial(_read_level, window=window, size=size, level=level)


def _read_level(
    band: Any,
    reduced: Sequence[Any],
    *,
    window: tuple[int, int, int, int],
    size: tuple[int, int],
    level: tuple[int, int],
) -> Values:
    check_deadline()
    fitting = [each for each in reduced if each.XSize >= level[0] and each.YSize >= level[1]]
    raster = min([band, *fitting], key=_pixels)
    if (raster.XSize, raster.YSize) == level:
        return np.asarray(raster.ReadAsArray(*window, buf_xsize=size[0], buf_ysize=size[1]))
    across, down = raster.XSize / level[0], raster.YSize / level[1]
    left, top, width, height = window[0] * across, window[1] * down, window[2] * across, window[3] * down
    if width * height > MOST_MASK_PIXELS:
        raise TooLarge("The image's mask has no overviews for this zoom")
    return np.asarray(raster.ReadAsArray(left, top, width, height, buf_xsize=size[0], buf_ysize=size[1]))
