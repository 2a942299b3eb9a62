"""What a style leaves open is decided here, by what is known of the image: bands, stretch, colors, resampling."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from osgeo import gdal

from .drivers import explain_failure
from .errors import InvalidParameter
from .raster import RasterSource
from .statistics import BandStatistics, band_statistics
from .style import Style

RGB = (gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand)
# Formats whose bands are time steps, heights or messages: the first three don't make a color.
STACKED_FORMATS = ("netCDF", "HDF5", "HDF5Image", "HDF4", "HDF4Image", "GRIB", "Zarr")


# Beyond this, a range between integers may as well have integer ends: they are stretched faster.
WIDE_RANGE = 256


@dataclass(frozen=True, slots=True)
class Plan:
    """A style with nothing left open. ``ranges``: empty when values are colors already."""

    indexes: tuple[int, ...]
    ranges: tuple[tuple[float, float], ...]
    colormap: str
    palette: npt.NDArray[np.uint8] | None
    resampling: str


def make_plan(source: RasterSource, style: Style) -> Plan:
    """Raises InvalidParameter for bands that the image doesn't have, or a number of them that makes no color."""
    indexes = style.indexes or default_indexes(source)
    for index in indexes:
        source.band(index)
    if len(indexes) not in (1, 3):
        raise InvalidParameter(f"bidx must name one band or three, not {len(indexes)}")
    if style.colormap and len(indexes) != 1:
        if style.indexes:
            raise InvalidParameter("A color map needs one band: name it with bidx")
        indexes = indexes[:1]
    colored = not style.colormap and not style.rescale and indexes == (1,)
    palette = np.array(source.palette, dtype=np.uint8) if colored and source.palette else None
    smooth = "nearest" if source.palette and indexes == (1,) else "bilinear"
    return Plan(
        indexes=indexes,
        ranges=() if palette is not None else _ranges(source, indexes, style),
        colormap=style.colormap,
        palette=palette,
        resampling=style.resampling or smooth,
    )


def default_indexes(source: RasterSource) -> tuple[int, ...]:
    """Red, green and blue where the file names them, the first three bands of several, else the first."""
    if source.band_count < 3 or source.dataset.GetDriver().ShortName in STACKED_FORMATS or source.palette:
        return (1,)
    looked_at = min(source.band_count, 16)
    by_color = {source.band(index).interpretation: index for index in range(looked_at, 0, -1)}
    if all(color in by_color for color in RGB):
        return tuple(by_color[color] for color in RGB)
    colors = source.band_count - bool(source.alpha_band)
    return (1, 2, 3) if colors >= 3 else (1,)


def _ranges(source: RasterSource, indexes: tuple[int, ...], style: Style) -> tuple[tuple[float, float], ...]:
    if style.rescale:
        if len(style.rescale) not in (1, len(indexes)):
            raise InvalidParameter(f"rescale has {len(style.rescale)} ranges for {len(indexes)} bands")
        return style.rescale
    if all(source.band(index).is_byte for index in indexes):
        return ()
    return tuple(_automatic_range(source, index, style) for index in indexes)


def _automatic_range(source: RasterSource, index: int, style: Style) -> tuple[float, float]:
    """The 2nd to 98th percentile, as stored at ingest or measured now."""
    found = known_statistics(source, index)
    if found is None:
        return 0.0, 1.0
    low, high = found.percentile_2, found.percentile_98
    if low == high:
        low, high = found.minimum, found.maximum
    if low == high:
        low, high = low - 0.5, high + 0.5
    if source.band(index).type_name.startswith(("Int", "UInt")) and high - low > WIDE_RANGE:
        low, high = math.floor(low), math.ceil(high)
    if style.unscale:
        facts = source.band(index)
        low, high = sorted((low * facts.scale + facts.offset, high * facts.scale + facts.offset))
    return low, high


def known_statistics(source: RasterSource, index: int) -> BandStatistics | None:
    """Of one band, from the reference or else measured once and kept; None when no pixel is valid."""
    stored = source.ref.statistics[index - 1] if len(source.ref.statistics) >= index else None
    if stored is not None:
        return stored
    if index not in source.measured:
        try:
            source.measured[index] = band_statistics(source.dataset, index)
        except RuntimeError as error:
            raise explain_failure(source.ref, error) from error
    return source.measured[index]
