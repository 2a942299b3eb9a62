"""Know the types of bands' values, by GDAL's names and NumPy's: one table for all that reads and describes values."""

from typing import Any

import numpy as np
import numpy.typing as npt
from osgeo import gdal

Values = npt.NDArray[Any]

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


def band_type(band: Any) -> tuple[str, np.dtype[Any]]:
    """Return GDAL's name of a band's type, and the NumPy type that its values are read as.

    It is ``Int8`` also for bytes with a sign, which GDAL before 3.7 has no type for.
    """
    name = str(gdal.GetDataTypeName(band.DataType))
    if band.DataType == gdal.GDT_Byte and band.GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE") == "SIGNEDBYTE":
        name = SIGNED_BYTE
    found = FILE_TYPES.get(name, AMPLITUDE)
    return name, AMPLITUDE if found.kind == "c" else found


def stac_name(name: str) -> str:
    """Return what STAC calls a GDAL type: ``uint8``, ``cfloat32``; ``other`` for one that it has no word for."""
    if name not in FILE_TYPES:
        return "other"
    return name.lower() if FILE_TYPES[name].kind == "c" else FILE_TYPES[name].name


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
