"""Read one band's raw values on an area: straight from the file where pixels match, else resampled."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from osgeo import gdal

from tiles.geo.grids import Box, Grid, TileArea
from tiles.limits import Limits, check_deadline
from tiles.rendering.tile import overlap, sample_area
from tiles.sampling import warping
from tiles.sampling.picking import read_picked
from tiles.sampling.pixels import RESIZABLE, fits
from tiles.sampling.resampling import Samples, merge
from tiles.sources.drivers import explain_failure
from tiles.sources.protocol import Valid, Values
from tiles.sources.raster import RasterSource
from tiles.styling.resolving import resolve_style
from tiles.styling.style import Style

# The validity, 0-255, from which a pixel counts.
MOSTLY_VALID = 128
# The least side of what is resampled: the transform is judged by its neighbours.
LEAST_SIDE = 16
# Pixels between two looks at the deadline.
PIXELS_AT_A_TIME = 64


def read_band_area(
    source: RasterSource, index: int, grid: Grid, area: TileArea, *, style: Style, limits: Limits
) -> tuple[Values, Valid | None]:
    """Read a band (from 1) on an area's pixels, (rows, columns), and where it is valid; None: everywhere.

    Raises what reading raises.
    """
    window = _whole_pixels(source, area) if grid.is_pixels and style.resampling in ("", "nearest") else None
    if window:
        return read_window(source, index, window, (area.width, area.height), nodata=style.nodata)
    # Whatever the style's colors: this is about values.
    bare = Style(
        indexes=(index,),
        rescale=((0.0, 1.0),),
        nodata=style.nodata,
        resampling=style.resampling or "nearest",
    )
    least = area.part(0, 0, max(area.width, LEAST_SIDE), max(area.height, LEAST_SIDE))
    found = _sample(source, index, grid, least, style=bare, limits=limits)
    if found is None:
        return np.zeros((area.height, area.width), _type(source, index)), np.zeros((area.height, area.width), bool)
    values = found.pixels[: area.height, : area.width, 0]
    alpha = None if found.alpha is None else found.alpha[: area.height, : area.width] >= MOSTLY_VALID
    return values, alpha


def _sample(
    source: RasterSource, index: int, grid: Grid, area: TileArea, *, style: Style, limits: Limits
) -> Samples | None:
    resolved = resolve_style(source, style)
    type_known = _type(source, index) in RESIZABLE and not source.band(index).is_complex
    out: Samples | None = None
    for moved in turned_areas(area, grid, source.coverage(grid)):
        if type_known:
            found = sample_area(source, grid, moved, resolved=resolved, style=style, limits=limits)
        else:
            # OpenCV would round whole numbers of 32 bits.
            name = "near" if resolved.resampling == "nearest" else resolved.resampling
            found = warping.warp(source, grid, moved, indexes=resolved.indexes, resampling=name, nodata=style.nodata)
        if found is not None:
            out = merge(out, found)
    return out


def turned_areas(area: TileArea, grid: Grid, boxes: tuple[Box, ...]) -> Iterator[TileArea]:
    """Yield the area moved by whole turns to where the boxes are: once, or twice across the antimeridian."""
    if not grid.period or any(math.isinf(box[0]) for box in boxes):
        yield area
        return
    for turn in (-1, 0, 1):
        moved = replace(area, x0=area.x0 + turn * grid.period)
        if any(overlap(moved.box, box) for box in boxes):
            yield moved


def _type(source: RasterSource, index: int) -> np.dtype[Any]:
    """Return the NumPy type of a band; complex numbers count by their amplitude."""
    return np.dtype(_NUMPY_NAMES.get(source.band(index).type_name, "float32"))


_NUMPY_NAMES = {
    "Byte": "uint8", "UInt16": "uint16", "Int16": "int16", "UInt32": "uint32", "Int32": "int32", "UInt64": "uint64",
    "Int64": "int64", "Int8": "int8", "Float32": "float32", "Float64": "float64",
}  # fmt: skip


def _whole_pixels(source: RasterSource, area: TileArea) -> tuple[int, int, int, int] | None:
    """Return left, top, width, height of an area that begins and ends with whole pixels; None for others."""
    edges = (area.x0, area.y0, area.x0 + area.width * area.dx, area.y0 + area.height * area.dy)
    left, top, right, bottom = whole = tuple(round(edge) for edge in edges)
    exact = all(abs(a - b) < 1e-6 * max(1, abs(a)) for a, b in zip(edges, whole, strict=True))
    inside = 0 <= left < right <= source.width and 0 <= top < bottom <= source.height
    return (left, top, right - left, bottom - top) if exact and inside and area.dy > 0 else None


def read_window(
    source: RasterSource, index: int, window: tuple[int, int, int, int], size: tuple[int, int], *, nodata: float | None
) -> tuple[Values, Valid | None]:
    """Read a window of a band, decimated to ``size`` (nearest neighbours, from its overviews), and what is valid.

    Raises SourceCorrupt, SourceUnreachable.
    """
    band = source.dataset.GetRasterBand(index)
    try:
        values = read_picked(band, window, size)
        shows = validity_band(source) if nodata is None else None
        mask = None if shows is None else read_picked(shows, window, size)
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    if np.iscomplexobj(values):
        values = np.abs(values).astype(np.float32)
    valid = differs(values, source.band(index).nodata if nodata is None else nodata)
    if mask is not None:
        shown = is_shown(mask)
        valid = shown if valid is None else valid & shown
    return values, None if valid is not None and valid.all() else valid


def validity_band(source: RasterSource) -> Any:
    """Return the band that says which pixels count: alpha or the file's mask; None when there is none.

    GDAL takes an alpha band for a mask only if it is of bytes.
    """
    if source.alpha_band:
        return source.dataset.GetRasterBand(source.alpha_band)
    return source.dataset.GetRasterBand(1).GetMaskBand() if source.has_mask else None


def is_shown(mask: Values) -> Valid:
    """Tell which pixels values of a mask or an alpha band show."""
    return np.asarray(mask >= MOSTLY_VALID if mask.dtype == np.uint8 else mask > 0)


def differs(values: Values, nodata: float | None) -> Valid | None:
    """Return where values are numbers other than nodata; None: everywhere."""
    valid: Valid | None = np.isfinite(values) if values.dtype.kind == "f" else None
    if nodata is not None and math.isfinite(nodata) and fits(nodata, values.dtype):
        other = values != values.dtype.type(nodata)
        valid = other if valid is None else valid & other
    return valid


def read_raster_pixels(
    source: RasterSource, pixels: Sequence[tuple[int, int]], indexes: Sequence[int], *, style: Style
) -> list[tuple[Values, Valid]]:
    """Read raw values of single pixels (column, row) and whether they are valid, both (pixels,) for each band.

    Raises SourceCorrupt, SourceUnreachable.
    """
    read = _read_each(source, pixels, indexes)
    out = []
    for position, index in enumerate(indexes):
        values = np.array([pixel[position] for pixel in read]) if read else np.zeros(0)
        if np.iscomplexobj(values):
            values = np.abs(values)
        valid = np.array([bool(pixel[-1]) for pixel in read], bool)
        known = differs(values, source.band(index).nodata if style.nodata is None else style.nodata)
        out.append((_like_the_band(values, source, index), valid if known is None else valid & known))
    return out


def _read_each(source: RasterSource, pixels: Sequence[tuple[int, int]], indexes: Sequence[int]) -> list[Values]:
    """Read (bands + validity,) of each pixel, as wide numbers, so that one call reads bands of any types."""
    is_complex = any(source.band(index).is_complex for index in indexes)
    kind, name = (gdal.GDT_CFloat64, np.complex128) if is_complex else (gdal.GDT_Float64, np.float64)
    mask = validity_band(source)
    bands = list(indexes)
    out = []
    try:
        for number, (left, top) in enumerate(pixels):
            if number % PIXELS_AT_A_TIME == 0:
                check_deadline()
            raw = source.dataset.ReadRaster(left, top, 1, 1, buf_type=kind, band_list=bands)
            shown = mask is None or is_shown(mask.ReadAsArray(left, top, 1, 1))[0, 0]
            out.append(np.append(np.frombuffer(raw, name), shown))
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    return out


def _like_the_band(values: Values, source: RasterSource, index: int) -> Values:
    """Return whole numbers for bands of whole numbers."""
    return values.astype(np.int64) if "Int" in source.band(index).type_name or source.band(index).is_byte else values
