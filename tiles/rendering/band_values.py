"""Read one band's raw values on an area: straight from the file where pixels match, else resampled."""

import math
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from osgeo import gdal

from tiles.geo.grids import Box, Grid, TileArea
from tiles.limits import Limits, check_deadline
from tiles.rendering.tile import overlap, sample_area
from tiles.sampling.picking import read_picked
from tiles.sampling.resampling import Samples, merge
from tiles.sources.conditions import TIES, own_condition
from tiles.sources.drivers import explain_failure
from tiles.sources.protocol import Valid, Values
from tiles.sources.raster import RasterSource
from tiles.sources.validity import LONG, as_type, known_values, own_nodata
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
    found = _sample(source, grid, least, style=bare, limits=limits)
    if found is None:
        return np.zeros((area.height, area.width), source.band(index).dtype), np.zeros((area.height, area.width), bool)
    values = found.pixels[: area.height, : area.width, 0]
    # Of what is picked, whatever shows counts; of what is mixed, what is there for the most part.
    least_opaque = 1 if bare.resampling == "nearest" else MOSTLY_VALID
    alpha = None if found.alpha is None else found.alpha[: area.height, : area.width] >= least_opaque
    return values, alpha


def _sample(source: RasterSource, grid: Grid, area: TileArea, *, style: Style, limits: Limits) -> Samples | None:
    resolved = resolve_style(source, style)
    out: Samples | None = None
    for moved in turned_areas(area, grid, source.coverage(grid)):
        found = sample_area(source, grid, moved, resolved=resolved, style=style, limits=limits)
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
    band, kind = source.dataset.GetRasterBand(index), source.band(index).dtype
    pick = partial(read_picked, window=window, size=size)
    try:
        with own_condition(source.ref.location) if TIES.by_location else nullcontext():
            values = as_type(pick(band), kind)
            opacity = None if nodata is not None else source.validity.opacity(lambda other, _: pick(other), band=index)
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    valid = known_values(values, source.band(index).nodata if nodata is None else own_nodata(nodata, kind))
    if opacity is not None:
        valid = opacity > 0 if valid is None else valid & (opacity > 0)
    return values, None if valid is not None and valid.all() else valid


def read_raster_pixels(
    source: RasterSource, pixels: Sequence[tuple[int, int]], indexes: Sequence[int], *, style: Style
) -> list[tuple[Values, Valid]]:
    """Read raw values of single pixels (column, row) and whether they are valid, both (pixels,) for each band.

    Raises SourceCorrupt, SourceUnreachable.
    """
    nodata = style.nodata
    with own_condition(source.ref.location) if TIES.by_location else nullcontext():
        read, shown = _read_each(source, pixels, indexes, masked=nodata is None)
    out = []
    for values, index in zip(read, indexes, strict=True):
        info = source.band(index)
        known = known_values(values, info.nodata if nodata is None else own_nodata(nodata, info.dtype))
        out.append((values, shown if known is None else shown & known))
    return out


def _read_each(
    source: RasterSource, pixels: Sequence[tuple[int, int]], indexes: Sequence[int], *, masked: bool
) -> tuple[list[Values], Valid]:
    """Read each band's values of pixels, and whether the pixels show, all (pixels,)."""
    kinds = [source.band(index).dtype for index in indexes]
    # In one go as wide numbers, of any types; integers of 64 bits are wider.
    is_long = any(kind.kind in "iu" and kind.itemsize == LONG for kind in kinds)
    read = partial(_read_longs if is_long else _read_numbers, source, list(indexes))
    found, shown = [], np.ones(len(pixels), np.bool_)
    try:
        for number, (left, top) in enumerate(pixels):
            if number % PIXELS_AT_A_TIME == 0:
                check_deadline()
            found.append(read(left, top))
            if masked and source.validity.hides:
                opacity = source.validity.opacity(partial(_read_pixel, left=left, top=top))
                shown[number] = opacity is None or opacity[0, 0] > 0
    except RuntimeError as error:
        raise explain_failure(source.ref, error) from error
    columns = [np.array([one[position] for one in found]) for position in range(len(kinds))]
    return [_like(column, kind) for column, kind in zip(columns, kinds, strict=True)], shown


def _read_numbers(source: RasterSource, indexes: list[int], left: int, top: int) -> Values:
    is_complex = any(source.band(index).is_complex for index in indexes)
    kind, name = (gdal.GDT_CFloat64, np.complex128) if is_complex else (gdal.GDT_Float64, np.float64)
    return np.frombuffer(source.dataset.ReadRaster(left, top, 1, 1, buf_type=kind, band_list=indexes), name)


def _read_longs(source: RasterSource, indexes: list[int], left: int, top: int) -> list[Any]:
    return [source.dataset.GetRasterBand(index).ReadAsArray(left, top, 1, 1)[0, 0] for index in indexes]


def _like(column: Values, kind: np.dtype[Any]) -> Values:
    """Return numbers that were read as wide ones as the band's own type."""
    if not column.size:
        return np.zeros(0, kind)
    read = np.abs(column) if np.iscomplexobj(column) else column
    return as_type(read.astype(np.uint8), kind) if kind == np.int8 else read.astype(kind, copy=False)


def _read_pixel(band: Any, _: Sequence[Any], *, left: int, top: int) -> Values:
    return np.asarray(band.ReadAsArray(left, top, 1, 1))
