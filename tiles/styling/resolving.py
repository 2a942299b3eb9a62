"""Resolve what a style leaves open by what is known of the image: bands, stretch, colors, resampling."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from osgeo import gdal

from tiles.errors import InvalidParameter
from tiles.sources.raster import RasterSource
from tiles.sources.validity import LARGEST_BYTE, Values, precise_type
from tiles.styling.expression import Expression, parse_expression
from tiles.styling.planes import ONE_FRAME, Planes, select
from tiles.styling.stretch import needs_statistics, stretch_range, widened
from tiles.styling.style import Style

RGB = (gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand)
# Formats whose bands are time steps, heights or messages: the first three don't make a color.
STACKED_FORMATS = ("netCDF", "HDF5", "HDF5Image", "HDF4", "HDF4Image", "GRIB", "Zarr")

# Beyond this, a range between integers may as well have integer ends: they are stretched faster.
WIDE_RANGE = 256
# Plans that are kept with an open image: as many styles as people look at it in.
KEPT_STYLES = 64
# Bytes of so few bands are gray, gray and alpha, or a color: shown as they are. Of more, they are measurements.
FEW_BANDS = 4
BYTE_BITS = 8
# Bytes of one band that are all below it are no shades of gray.
HALF_BYTE = 128
# Bands that are asked for the color they show: of hundreds, none is one.
LOOKED_AT = 16
# Pixels a side of the sample that an expression's range is measured on.
SAMPLE_SIDE = 512


@dataclass(frozen=True, slots=True)
class ResolvedStyle:
    """Hold a style with nothing left open.

    ``ranges``: empty when values are colors already. ``is_complete``: whether no pixel can be missing.
    """

    indexes: tuple[int, ...]
    ranges: tuple[tuple[float, float], ...]
    colormap: str
    palette: npt.NDArray[np.uint8] | None
    resampling: str
    expression: Expression | None = None
    is_complete: bool = False


def shows_one_band(style: Style) -> bool:
    """Tell whether what a style shows is made of one value a pixel."""
    return bool(style.colormap) or style.value_colors is not None or style.algorithm is not None


def resolve_style(source: RasterSource, style: Style) -> ResolvedStyle:
    """Resolve the style's open choices (bands, stretch, resampling) for this image; cached on the source."""
    found = source.resolved.get(style)
    if found is None:
        if len(source.resolved) >= KEPT_STYLES:
            source.resolved.clear()
        found = source.resolved[style] = _resolve(source, style)
    return found


def _resolve(source: RasterSource, style: Style) -> ResolvedStyle:
    if style.planes is not None or style.layers:
        frame = select(ONE_FRAME, style.planes)[0].frame
        for layer in style.layers:
            select(ONE_FRAME, Planes(frame=layer.frame_of(frame)))
    if style.expression:
        return _resolve_expression(source, style)
    indexes = _layer_indexes(source, style) if style.layers else style.indexes or default_indexes(source)
    for index in indexes:
        source.band(index)
    if len(indexes) not in (1, 3) and not style.layers:
        raise InvalidParameter(f"bidx must name one band or three, not {len(indexes)}")
    one_band = shows_one_band(style)
    if one_band and len(indexes) != 1:
        if style.indexes:
            raise InvalidParameter("A color map needs one band: name it with bidx")
        indexes = indexes[:1]
    colored = not (one_band or style.rescale or style.stretch) and indexes == (1,)
    palette = np.array(source.palette, dtype=np.uint8) if colored and source.palette else None
    by_value = style.value_colors is not None and not style.value_colors.is_smooth
    if style.layers and not by_value:
        by_value = any(layer.nodata != style.nodata for layer in style.layers)
    smooth = "nearest" if by_value or (source.palette and indexes == (1,)) else "bilinear"
    return ResolvedStyle(
        indexes=indexes,
        ranges=() if palette is not None else _ranges(source, indexes, style),
        colormap=style.colormap,
        palette=palette,
        resampling=style.resampling or smooth,
        is_complete=style.nodata is None and source.is_complete(indexes),
    )


def _layer_indexes(source: RasterSource, style: Style) -> tuple[int, ...]:
    """Return the bands that are laid over each other, those with a color's name by what the file says of them."""
    named = {layer.band for layer in style.layers if isinstance(layer.band, str)}
    found = {name: _named_band(source, name) for name in named}
    return tuple(layer.band if isinstance(layer.band, int) else found[layer.band] for layer in style.layers)


def _named_band(source: RasterSource, name: str) -> int:
    for index in range(1, min(source.band_count, LOOKED_AT) + 1):
        if gdal.GetColorInterpretationName(source.band(index).interpretation).lower() == name:
            return index
    # Of a color that isn't told from others, green is nearest to gray.
    places = {"red": 1, "green": 2, "blue": 3, "gray": 2}
    return places[name] if source.band_count >= 3 else 1


def _resolve_expression(source: RasterSource, style: Style) -> ResolvedStyle:
    expression = parse_expression(style.expression)
    for index in expression.bands:
        source.band(index)
    check_outputs(expression, style)
    ranges = style.rescale
    if not (ranges or style.value_colors or style.algorithm):
        ranges = expression_ranges([(source, index) for index in expression.bands], expression, nodata=style.nodata)
    resampling = style.resampling or "bilinear"
    return ResolvedStyle(expression.bands, ranges, style.colormap, None, resampling, expression)


def check_outputs(expression: Expression, style: Style) -> None:
    count = len(expression.outputs)
    if style.stretch:
        raise InvalidParameter("stretch is of bands; rescale goes with an expression")
    if shows_one_band(style) and count != 1:
        raise InvalidParameter("A color map needs an expression with one value")
    if len(style.rescale) not in (0, 1, count):
        raise InvalidParameter(f"rescale has {len(style.rescale)} ranges for {count} values")


def expression_ranges(
    bands: list[tuple[RasterSource, int]], expression: Expression, *, nodata: float | None = None
) -> tuple[tuple[float, float], ...]:
    """Return the 2nd to 98th percentile of an expression's values, measured once, kept with the first image."""
    source = bands[0][0]
    key = (expression.text, repr(nodata), *(one.ref for one, _ in bands))
    if key not in source.measured_ranges:
        samples = {n: _sample(*one, nodata=nodata) for n, one in zip(expression.bands, bands, strict=True)}
        values = expression.evaluate({n: sample[0] for n, sample in samples.items()})
        valid = np.logical_and.reduce([sample[1] for sample in samples.values()])
        source.measured_ranges[key] = tuple(_spread(values[:, :, i], valid) for i in range(values.shape[2]))
    return source.measured_ranges[key]


def _sample(source: RasterSource, index: int, *, nodata: float | None) -> tuple[Values, npt.NDArray[np.bool_]]:
    values, valid = source.read_sample(index, nodata=nodata, max_pixels=SAMPLE_SIDE**2)
    # Bands of several files may differ in size; the same places of all are compared.
    square = (SAMPLE_SIDE, SAMPLE_SIDE)
    numbers = values.astype(precise_type(values.dtype), copy=False)
    resized = cv2.resize(numbers, square, interpolation=cv2.INTER_NEAREST)
    mask = cv2.resize(valid.astype(np.uint8), square, interpolation=cv2.INTER_NEAREST)
    return np.asarray(resized), mask > 0


def _spread(values: Values, valid: npt.NDArray[np.bool_]) -> tuple[float, float]:
    shown = values[valid & np.isfinite(values)]
    if not shown.size:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(shown, (2, 98)))
    return (low, high) if low < high else widened(low)


def default_indexes(source: RasterSource) -> tuple[int, ...]:
    """Return red, green and blue where the file names them, the first three bands of several, else the first."""
    if source.band_count < 3 or source.dataset.GetDriver().ShortName in STACKED_FORMATS or source.palette:
        return (1,)
    looked_at = min(source.band_count, LOOKED_AT)
    by_color: dict[int, int] = {}
    for index in range(looked_at, 0, -1):
        by_color[source.band(index).interpretation] = index
    red, green, blue = map(by_color.get, RGB)
    if red and green and blue:
        return red, green, blue
    colors = tuple(index for index in range(1, min(source.band_count, 4) + 1) if index != source.alpha_band)
    return colors[:3] if len(colors) >= 3 else colors[:1]


def _ranges(source: RasterSource, indexes: tuple[int, ...], style: Style) -> tuple[tuple[float, float], ...]:
    if style.rescale:
        if len(style.rescale) not in (1, len(indexes)):
            raise InvalidParameter(f"rescale has {len(style.rescale)} ranges for {len(indexes)} bands")
        return style.rescale
    if style.stretch:
        return _stretched(source, indexes, style)
    if style.value_colors or style.algorithm:
        return ()
    shades = _shades(source, indexes, style)
    if shades is not None:
        return shades
    # Measurements, to be stretched.
    return tuple(_automatic_range(source, index, style) for index in indexes)


def _shades(source: RasterSource, indexes: tuple[int, ...], style: Style) -> tuple[tuple[float, float], ...] | None:
    """Return the ranges that bytes of colors are shown from: none, as they are; None for what isn't such bytes."""
    largest = []
    for info in map(source.band, indexes):
        if info.dtype != np.uint8 or not (source.band_count <= FEW_BANDS or info.interpretation in RGB):
            return None
        largest.append(2.0 ** (info.bits or BYTE_BITS) - 1)
    if min(largest) < LARGEST_BYTE:
        return tuple((0.0, each) for each in largest)
    is_alone = source.band_count - bool(source.validity.alpha_band) == 1
    found = source.band_statistics(indexes[0], nodata=style.nodata) if is_alone else None
    is_dark = found is not None and found.minimum < found.maximum < HALF_BYTE
    # Percent, or classes.
    return (_automatic_range(source, indexes[0], style),) if is_dark else ()


def _stretched(source: RasterSource, indexes: tuple[int, ...], style: Style) -> tuple[tuple[float, float], ...]:
    if len(style.stretch) not in (1, len(indexes)):
        raise InvalidParameter(f"stretch is given {len(style.stretch)} times for {len(indexes)} bands")
    stretches = style.stretch * len(indexes) if len(style.stretch) == 1 else style.stretch
    ranges = []
    for index, each in zip(indexes, stretches, strict=True):
        info = source.band(index)
        scale = (info.scale, info.offset) if style.unscale else (1.0, 0.0)
        found = source.band_statistics(index, nodata=style.nodata) if needs_statistics(each) else None
        ranges.append(stretch_range(each, found, type_name=info.type_name, scale=scale))
    return tuple(ranges)


def _automatic_range(source: RasterSource, index: int, style: Style) -> tuple[float, float]:
    """Return the 2nd to 98th percentile, as stored at ingest or measured now."""
    found = source.band_statistics(index, nodata=style.nodata)
    if found is None:
        return 0.0, 1.0
    low, high = found.percentile_2, found.percentile_98
    if low == high:
        low, high = found.minimum, found.maximum
    if low == high:
        low, high = widened(low)
    if source.band(index).type_name.startswith(("Int", "UInt")) and high - low > WIDE_RANGE:
        low, high = math.floor(low), math.ceil(high)
    if style.unscale:
        info = source.band(index)
        low, high = sorted((low * info.scale + info.offset, high * info.scale + info.offset))
    return low, high
