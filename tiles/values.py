"""Raw values of single pixels."""

import math
from typing import Any

import numpy as np

from .description import WGS84
from .drivers import explain_failure
from .errors import OutsideBounds, UnsupportedOperation
from .grids import TileArea
from .raster import RasterSource
from .slides import SlideSource
from .sources import Source


def values_at(source: Source, longitude: float, latitude: float) -> list[float | None]:
    """Each band's value at a point in degrees; None where it is not valid. Raises OutsideBounds."""
    if isinstance(source, SlideSource) or not source.is_geospatial:
        raise UnsupportedOperation("This image has no place on Earth")
    reference = source.reference(WGS84)
    columns, rows = reference.to_pixels(np.array([longitude]), np.array([latitude]))
    if not (np.isfinite(columns[0]) and np.isfinite(rows[0])):
        raise OutsideBounds("The point lies outside the image")
    column = float(columns[0])
    if reference.period_pixels and not 0 <= column < source.width:
        column %= reference.period_pixels
    return pixel_values(source, math.floor(column), math.floor(rows[0]))


def pixel_values(source: Source, left: int, top: int) -> list[float | None]:
    """Each band's value of one pixel; None where it is not valid. Raises OutsideBounds."""
    if not (0 <= left < source.width and 0 <= top < source.height):
        raise OutsideBounds(f"Pixel {left}, {top} is not within {source.width} x {source.height}")
    if isinstance(source, SlideSource):
        pixels = source.read(TileArea(left, top, 1, 1, 1, 1))
        return [_number(value) for value in pixels[0, 0, : source.band_count]]
    return [_value(source, index, left, top) for index in range(1, source.band_count + 1)]


def _value(source: RasterSource, index: int, left: int, top: int) -> float | None:
    band = source.dataset.GetRasterBand(index)
    try:
        if not band.GetMaskBand().ReadAsArray(left, top, 1, 1)[0, 0]:
            return None
        return _number(band.ReadAsArray(left, top, 1, 1)[0, 0])
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error


def _number(value: Any) -> float | None:
    """A JSON number; complex ones by their amplitude."""
    plain = abs(value) if np.iscomplexobj(value) else value.item()
    return plain if math.isfinite(plain) else None
