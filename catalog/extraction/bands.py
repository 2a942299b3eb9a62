"""What each band holds: STAC 1.1 `bands` with statistics and, for the first ones, a histogram."""

import math
from typing import Any

from osgeo import gdal

from catalog.extraction.limits import Limits
from tiles.sources.statistics import BandStatistics, band_statistics

DATA_TYPES = {
    "Byte": "uint8",
    "Int8": "int8",
    "UInt16": "uint16",
    "Int16": "int16",
    "UInt32": "uint32",
    "Int32": "int32",
    "UInt64": "uint64",
    "Int64": "int64",
    "Float16": "float16",
    "Float32": "float32",
    "Float64": "float64",
    "CInt16": "cint16",
    "CInt32": "cint32",
    "CFloat32": "cfloat32",
    "CFloat64": "cfloat64",
}

COMMON_NAMES = {
    gdal.GCI_RedBand: "red",
    gdal.GCI_GreenBand: "green",
    gdal.GCI_BlueBand: "blue",
    gdal.GCI_YellowBand: "yellow",
}
"""Colour interpretations that have an `eo:common_name`."""

GENERIC_NAMES = {"", "gray", "undefined", "palette"}


def describe_bands(dataset: Any, *, limits: Limits) -> list[dict[str, Any]]:
    """One STAC band object for each band, in file order. Raises RuntimeError (GDAL's) for undecodable pixels."""
    return [describe_band(dataset, index, limits=limits) for index in range(1, dataset.RasterCount + 1)]


def describe_band(dataset: Any, index: int, *, limits: Limits) -> dict[str, Any]:
    band = dataset.GetRasterBand(index)
    described: dict[str, Any] = {"name": band_name(band, index), "data_type": data_type(band)}
    interpretation = band.GetColorInterpretation()
    described["geodata:color_interpretation"] = gdal.GetColorInterpretationName(interpretation).lower()
    if description := band.GetDescription() or band.GetMetadataItem("long_name"):
        described["description"] = description
    if (nodata := band.GetNoDataValue()) is not None:
        described["nodata"] = json_number(nodata)
    if unit := band.GetUnitType():
        described["unit"] = unit
    if common := COMMON_NAMES.get(interpretation):
        described["eo:common_name"] = common
    described |= value_mapping(band)
    if index <= limits.described_bands and (statistics := band_statistics(dataset, index)):
        described["statistics"] = statistics_object(statistics)
        if index <= limits.histogram_bands:
            described["raster:histogram"] = histogram_object(statistics)
    return described


def value_mapping(band: Any) -> dict[str, float]:
    """`raster:scale` and `raster:offset`, where they change anything."""
    stated = (("raster:scale", band.GetScale(), 1.0), ("raster:offset", band.GetOffset(), 0.0))
    return {key: value for key, value, neutral in stated if value not in (None, neutral) and math.isfinite(value)}


def band_name(band: Any, index: int) -> str:
    """A short name for lists and formulas: the file's own when it is one, else the colour, else the number."""
    description = band.GetDescription().strip()
    if description and len(description) <= 32:
        return str(description)
    color = gdal.GetColorInterpretationName(band.GetColorInterpretation()).lower()
    return f"b{index}" if color in GENERIC_NAMES else color


def data_type(band: Any) -> str:
    if band.GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE") == "SIGNEDBYTE":
        return "int8"
    return DATA_TYPES.get(gdal.GetDataTypeName(band.DataType), "other")


def statistics_object(statistics: BandStatistics) -> dict[str, float]:
    names = ("minimum", "maximum", "mean", "stddev", "percentile_2", "percentile_98", "valid_percent")
    values = {name: float(getattr(statistics, name)) for name in names}
    return {name: value for name, value in values.items() if math.isfinite(value)}


def histogram_object(statistics: BandStatistics) -> dict[str, Any]:
    """The raster extension's histogram object."""
    return {
        "count": len(statistics.histogram_counts),
        "min": statistics.histogram_min,
        "max": statistics.histogram_max,
        "buckets": list(statistics.histogram_counts),
    }


def json_number(value: float) -> float | int | str:
    """STAC's spelling of values that JSON numbers can't hold; integers without a fraction."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return int(value) if value == int(value) and abs(value) < 2**53 else value
