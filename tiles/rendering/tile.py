"""Render a part of an image into a tile. Plain Python on arrays and GDAL datasets: no Django, no HTTP."""

import math
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from time import perf_counter

import cv2
import numpy as np

from tiles.errors import OutsideBounds
from tiles.geo.georeference import AnyReference
from tiles.geo.grids import Box, Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.rendering.terrain import render_terrain
from tiles.sampling import warping
from tiles.sampling.pixels import Mask, Pixels, ReadRequest
from tiles.sampling.reading import read_window
from tiles.sampling.resampling import KERNELS, PixelMap, Samples, map_pixels, merge, resample, seam_parts
from tiles.sources.conditions import TIES, own_condition
from tiles.sources.protocol import Source
from tiles.sources.raster import RasterSource
from tiles.sources.validity import precise_type
from tiles.stages import STAGES
from tiles.styling.colormaps import colormap
from tiles.styling.expression import Expression
from tiles.styling.layers import paint_layers
from tiles.styling.painting import Picture, apply_to_picture, paint_by_value, paint_palette, rescale
from tiles.styling.resolving import ResolvedStyle, resolve_style
from tiles.styling.style import Style

# Output pixels around the image's own part of a tile, and the least that such a part measures: the transform is
# judged by its neighbours.
PART_MARGIN = 2
PART_LEAST = 16


def render_tile(
    source: Source,
    grid: Grid,
    z: int,
    x: int,
    y: int,
    *,
    style: Style,
    size: int = 0,
    buffer: float = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> Picture | None:
    """Render tile (z, x, y) as ``size`` (0: the grid's own) plus twice ``buffer`` pixels a side; None: it is empty.

    Raises OutsideBounds when the tile doesn't touch the image's extent, InvalidParameter for what the style asks of
    bands that aren't there, SourceCorrupt, SourceUnreachable and TooLarge from reading.
    """
    area = grid.tile(z, x, y, size=size, buffer=buffer)
    if not parts(area, source.coverage(grid)):
        raise OutsideBounds(f"Tile {z}/{x}/{y} lies outside the image")
    picture: Picture | None = source.render(grid, area, style=style, limits=limits)
    return picture


def render_area(
    source: Source, grid: Grid, area: TileArea, *, style: Style, limits: Limits = DEFAULT_LIMITS
) -> Picture | None:
    """Paint any raster of the grid's CRS; None when it shows nothing."""
    picture: Picture | None = source.render(grid, area, style=style, limits=limits)
    return picture


def render_raster(
    source: RasterSource, grid: Grid, area: TileArea, *, style: Style, limits: Limits = DEFAULT_LIMITS
) -> Picture | None:
    """Paint an area of a raster that GDAL reads: sampled, stretched, colored; None when it shows nothing."""
    resolved = source.resolved.get(style) or resolve_style(source, style)
    if style.algorithm:
        read = partial(sample_values, source, grid, resolved=resolved, style=style, limits=limits)
        return render_terrain(source, grid, area, style=style, read=read)
    samples = sample_area(source, grid, area, resolved=resolved, style=style, limits=limits)
    if samples is None:
        return None
    picture = paint(source, samples, resolved=resolved, style=style)
    return picture if picture.alpha is None or cv2.countNonZero(picture.alpha) else None


def render_whole(source: Source, *, style: Style, side: int = 256, limits: Limits = DEFAULT_LIMITS) -> Picture | None:
    """Render the whole image as it lies in the file, at most ``side`` pixels a side; north is up if rows run so."""
    cell = max(1.0, max(source.width, source.height) / side)
    width, height = max(1, round(source.width / cell)), max(1, round(source.height / cell))
    dx, dy = source.width / width, source.height / height
    south_up = source.geotransform is not None and source.geotransform[5] > 0
    area = TileArea(0.0, float(source.height) if south_up else 0.0, dx, -dy if south_up else dy, width, height)
    picture: Picture | None = source.render(source.pixel_grid, area, style=style, limits=limits)
    return picture


def overlap(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def sample_area(
    source: RasterSource, grid: Grid, area: TileArea, *, resolved: ResolvedStyle, style: Style, limits: Limits
) -> Samples | None:
    """Sample raw values of ``resolved.indexes`` on the area's pixels; None when the image isn't there."""
    reference = source.reference(grid)
    read = ReadRequest(
        resolved.indexes,
        nodata=style.nodata,
        masked=style.return_mask and not resolved.is_complete,
        averaging=resolved.resampling != "nearest",
        strict=resolved.expression is not None,
        max_pixels=limits.read_pixels,
    )
    out: Samples | None = None
    for left, top, width, height in parts(area, source.coverage(grid)):
        is_whole = (width, height) == (area.width, area.height)
        part = area if is_whole else area.part(left, top, width, height)
        # Where control points lie across the antimeridian, GDAL's warper would lead round the Earth.
        with own_condition(source.ref.location) if TIES.by_location else nullcontext():
            if resolved.resampling in KERNELS or reference.is_unwrapped:
                samples = _sample_part(source, reference, part, resampling=resolved.resampling, read=read)
            else:
                samples = warping.warp(source, grid, part, read=read, resampling=resolved.resampling)
        if samples is not None:
            pasted = samples if is_whole else _paste(samples, area, left, top)
            out = pasted if out is None else merge(out, pasted)
    return out


def parts(area: TileArea, boxes: tuple[Box, ...]) -> list[tuple[int, int, int, int]]:
    """Return (left, top, width, height) in output pixels of what the boxes cover of the area."""
    found = []
    for west, south, east, north in boxes:
        x = _interval((west - area.x0) / area.dx, (east - area.x0) / area.dx, area.width)
        y = _interval((north - area.y0) / area.dy, (south - area.y0) / area.dy, area.height)
        if x and y:
            found.append((x[0], y[0], x[1], y[1]))
    return found


def _interval(first: float, last: float, size: int) -> tuple[int, int] | None:
    """Return start and length, on ``size`` pixels, of an interval with some margin; None when it lies outside."""
    first, last = min(first, last), max(first, last)
    if not (first < size and last > 0):
        return None
    start = max(0, math.floor(max(first, 0)) - PART_MARGIN)
    end = min(size, math.ceil(min(last, size)) + PART_MARGIN)
    if end - start < PART_LEAST:
        start = max(0, min(start, size - PART_LEAST))
        end = min(size, start + PART_LEAST)
    return start, end - start


def _sample_part(
    source: RasterSource, reference: AnyReference, part: TileArea, *, resampling: str, read: ReadRequest
) -> Samples | None:
    found = map_pixels(reference, part)
    if found is None:
        return None
    taken, out = STAGES.taken, None
    pieces: Sequence[PixelMap] = (found,)
    if reference.period_pixels:
        pieces = turns(found, reference)
    elif found.columns.shape == (found.height, found.width):
        pieces = seam_parts(found)
    for turn in pieces:
        began = perf_counter()
        window = read_window(source, turn, read)
        taken["read"] = taken.get("read", 0.0) + (perf_counter() - began) * 1e3
        if window is None:
            continue
        samples = resample(
            window,
            turn,
            resampling=resampling,
            extent=(source.width, source.height),
            soft=bool(source.validity.alpha_band) and read.nodata is None,
            comes_round=bool(reference.period_pixels),
        )
        out = samples if out is None else merge(out, samples)
    return out


def turns(found: PixelMap, reference: AnyReference) -> list[PixelMap]:
    """Return the map moved by whole turns round the Earth to where the image has pixels: at a seam twice."""
    period = reference.period_pixels
    first, last = float(np.nanmin(found.columns)), float(np.nanmax(found.columns))
    low, high = math.ceil(-last / period), math.floor((reference.width - first) / period)
    return [found.shifted(turn * period) if turn else found for turn in range(low, high + 1)]


def _paste(samples: Samples, area: TileArea, left: int, top: int) -> Samples:
    """Put a part's samples on the whole area, transparent around."""
    height, width = samples.pixels.shape[:2]
    here = slice(top, top + height), slice(left, left + width)
    pixels = np.zeros((area.height, area.width, samples.pixels.shape[2]), samples.pixels.dtype)
    alpha = np.zeros((area.height, area.width), np.uint8)
    pixels[here] = samples.pixels
    alpha[here] = 255 if samples.alpha is None else samples.alpha
    return Samples(pixels, alpha)


def paint(source: RasterSource, samples: Samples, *, resolved: ResolvedStyle, style: Style) -> Picture:
    """Paint raw values."""
    if resolved.palette is not None:
        picture = paint_palette(samples.pixels[:, :, 0], resolved.palette, samples.alpha)
        return apply_to_picture(picture, style.color_formula) if style.color_formula else picture
    pixels, alpha = samples.pixels, samples.alpha
    if style.unscale or resolved.expression:
        pixels, alpha = _measured(source, samples, resolved=resolved, style=style)
    return paint_values(pixels, alpha, ranges=resolved.ranges, style=style)


def sample_values(
    source: RasterSource, grid: Grid, area: TileArea, *, resolved: ResolvedStyle, style: Style, limits: Limits
) -> Samples | None:
    """Sample values as `sample_area` does, with scale and offset applied and expressions evaluated."""
    samples = sample_area(source, grid, area, resolved=resolved, style=style, limits=limits)
    return Samples(*_measured(source, samples, resolved=resolved, style=style)) if samples else None


def _measured(
    source: RasterSource, samples: Samples, *, resolved: ResolvedStyle, style: Style
) -> tuple[Pixels, Mask | None]:
    pixels, alpha = samples.pixels, samples.alpha
    if style.unscale:
        pixels = unscaled(source, pixels, resolved.indexes)
    return compute(resolved.expression, pixels, alpha) if resolved.expression else (pixels, alpha)


def unscaled(source: RasterSource, pixels: Pixels, indexes: Sequence[int]) -> Pixels:
    """Apply the bands' scale and offset to raw values (rows, columns, bands)."""
    info = [source.band(index) for index in indexes]
    kind = precise_type(pixels.dtype)
    scales, offsets = (np.array(each, kind) for each in ([one.scale for one in info], [one.offset for one in info]))
    return np.asarray(pixels.astype(kind) * scales + offsets)


def compute(expression: Expression, pixels: Pixels, alpha: Mask | None) -> tuple[Pixels, Mask | None]:
    """Evaluate the expression on raw bands, transparent where it is undefined (a division by zero, say)."""
    values = expression.evaluate({n: pixels[:, :, i] for i, n in enumerate(expression.bands)})
    defined = np.asarray(np.isfinite(values).all(axis=2))
    if not defined.all():
        shown = defined.view(np.uint8) * np.uint8(255)
        alpha = np.asarray(shown if alpha is None else np.minimum(alpha, shown))
        values = np.where(defined[:, :, None], values, 0)
    return values, alpha


def paint_values(
    pixels: Pixels, alpha: Mask | None, *, ranges: tuple[tuple[float, float], ...], style: Style
) -> Picture:
    """Stretch and color values of one or three bands. ``ranges``: empty when they are colors already."""
    if not style.return_mask:
        alpha = None
    if style.value_colors:
        # What is rescaled is colored by what that makes of it, as in TiTiler.
        values = rescale(pixels, ranges) if ranges and (style.rescale or style.stretch) else pixels
        return paint_by_value(values[:, :, 0], alpha, colors=style.value_colors)
    if style.layers:
        picture = paint_layers(pixels, alpha, layers=style.layers, ranges=ranges, axis=style.axis)
        return apply_to_picture(picture, style.color_formula) if style.color_formula else picture
    colors = rescale(pixels, ranges) if ranges else pixels.astype(np.uint8, copy=False)
    if alpha is not None and alpha.min() == 255:
        alpha = None
    table = colormap(style.colormap) if style.colormap else None
    picture = Picture(np.ascontiguousarray(colors), alpha, table)
    return apply_to_picture(picture, style.color_formula) if style.color_formula else picture
