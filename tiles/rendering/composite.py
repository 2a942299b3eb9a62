"""Render one tile from several images: a color of three single-band files, arithmetic between them."""

import numpy as np

from tiles.errors import OutsideBounds
from tiles.geo.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.rendering.tile import compute, overlap, paint_values, sample_area
from tiles.sampling.pixels import stack
from tiles.sampling.resampling import Samples
from tiles.sources.protocol import Source
from tiles.sources.raster import RasterSource
from tiles.styling.check import asset_numbers
from tiles.styling.expression import parse_expression
from tiles.styling.painting import Picture
from tiles.styling.resolving import ResolvedStyle, check_outputs, expression_ranges, resolve_style
from tiles.styling.style import Style

Ranges = tuple[tuple[float, float], ...]


def render_composite(
    sources: tuple[Source, ...],
    grid: Grid,
    zxy: tuple[int, int, int],
    *,
    style: Style,
    size: int = 0,
    buffer: float = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> Picture | None:
    """Render tile (z, x, y) of the images' first bands: b1 is the first image's, b2 the second's.

    Without an expression, one image is gray and three are red, green and blue. A pixel shows where all are valid; None
    when there is none. Raises what `tiles.rendering.tile.render_tile` does.
    """
    rasters = [source.raster for source in sources]
    area = grid.tile(*zxy, size=size, buffer=buffer)
    if not any(overlap(area.box, box) for raster in rasters for box in raster.coverage(grid)):
        raise OutsideBounds(f"Tile {'/'.join(map(str, zxy))} lies outside the images")
    return render_composite_area(sources, grid, area, style=style, limits=limits)


def render_composite_area(
    sources: tuple[Source, ...], grid: Grid, area: TileArea, *, style: Style, limits: Limits = DEFAULT_LIMITS
) -> Picture | None:
    """Render the images' first bands on any area in the grid's CRS; None when nothing shows."""
    samples = sample_composite(sources, grid, area, style=style, limits=limits)
    if samples is None:
        return None
    picture = paint_values(samples.pixels, samples.alpha, ranges=composite_ranges(sources, style=style), style=style)
    return None if picture.is_empty else picture


def sample_composite(
    sources: tuple[Source, ...], grid: Grid, area: TileArea, *, style: Style, limits: Limits = DEFAULT_LIMITS
) -> Samples | None:
    """Read the values to paint, computed where there is an expression; None when an image isn't there."""
    chosen, styles = _parts(sources, style)
    samples = _sample(chosen, styles, grid, area, style=style, limits=limits)
    if samples is None or not style.expression:
        return samples
    return Samples(*compute(parse_expression(style.expression, of_values=True), samples.pixels, samples.alpha))


def composite_ranges(sources: tuple[Source, ...], *, style: Style) -> Ranges:
    """Return the ranges that a composite's values are stretched from; none when they are colors already."""
    chosen, styles = _parts(sources, style)
    if not style.expression:
        return style.rescale or _own_ranges(chosen, styles, style)
    expression = parse_expression(style.expression)
    check_outputs(expression, style)
    return style.rescale or expression_ranges([(one, 1) for one in chosen], expression, nodata=style.nodata)


def _parts(sources: tuple[Source, ...], style: Style) -> tuple[list[RasterSource], list[ResolvedStyle]]:
    """Return the images that take part, and their resolved styles."""
    rasters = [source.raster for source in sources]
    chosen = [rasters[number - 1] for number in asset_numbers(style, len(rasters))]
    return chosen, [resolve_style(raster, _part_style(style, number)) for number, raster in enumerate(chosen)]


def _part_style(style: Style, number: int) -> Style:
    """Make the style of one image's part: its first band, stretched by the range that is meant for it."""
    ranges = style.rescale[number : number + 1] if len(style.rescale) > 1 else style.rescale
    stretch = style.stretch[number : number + 1] if len(style.stretch) > 1 else style.stretch
    # Any range will do for arithmetic: none has to be measured.
    ranges = ((0.0, 1.0),) if style.expression or style.value_colors else ranges
    return Style(
        indexes=(1,),
        rescale=ranges,
        stretch=() if ranges else stretch,
        nodata=style.nodata,
        resampling=style.resampling,
        return_mask=style.return_mask,
        unscale=style.unscale,
        planes=style.planes,
    )


def _own_ranges(chosen: list[RasterSource], styles: list[ResolvedStyle], style: Style) -> Ranges:
    """Return each image's own range; none when all are bytes, which are shown as they are beside others."""
    info = [raster.band(1) for raster in chosen]
    shades = [len(info) > 1 and not style.stretch and band.is_byte and not band.bits for band in info]
    ranges = [() if is_shade else each.ranges for is_shade, each in zip(shades, styles, strict=True)]
    return tuple(each[0] if each else (0.0, 255.0) for each in ranges) if any(ranges) else ()


def _sample(
    chosen: list[RasterSource], styles: list[ResolvedStyle], grid: Grid, area: TileArea, *, style: Style, limits: Limits
) -> Samples | None:
    bands, alpha = [], None
    for raster, resolved in zip(chosen, styles, strict=True):
        found = sample_area(raster, grid, area, resolved=resolved, style=style, limits=limits)
        if found is None:
            return None
        bands.append(np.ascontiguousarray(found.pixels[:, :, 0]))
        if found.alpha is not None:
            alpha = found.alpha if alpha is None else np.minimum(alpha, found.alpha)
    return Samples(stack(bands), alpha)
