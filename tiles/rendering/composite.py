"""One tile from several images: a color of three single-band files, arithmetic between them."""

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
from tiles.styling.resolving import Plan, check_outputs, expression_ranges, make_plan
from tiles.styling.style import Style


def render_composite(
    sources: tuple[Source, ...],
    grid: Grid,
    zxy: tuple[int, int, int],
    *,
    style: Style,
    size: int = 0,
    buffer: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> Picture | None:
    """Tile (z, x, y) of the images' first bands: b1 is the first image's, b2 the second's.

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
    """Any raster of the grid's CRS, likewise."""
    samples = sample_composite(sources, grid, area, style=style, limits=limits)
    if samples is None:
        return None
    ranges = composite_ranges(sources, style=style)
    picture = paint_values(samples.pixels, samples.alpha, ranges=ranges, style=style)
    return None if picture.is_empty else picture


def sample_composite(
    sources: tuple[Source, ...], grid: Grid, area: TileArea, *, style: Style, limits: Limits = DEFAULT_LIMITS
) -> Samples | None:
    """The values that are painted, computed where there is an expression; None when an image isn't there."""
    chosen, plans = _parts(sources, style)
    samples = _sample(chosen, plans, grid, area, style=style, limits=limits)
    if samples is None or not style.expression:
        return samples
    return Samples(*compute(parse_expression(style.expression), samples.pixels, samples.alpha))


def composite_ranges(sources: tuple[Source, ...], *, style: Style) -> tuple[tuple[float, float], ...]:
    """What those values are stretched from; none when they are colors already."""
    chosen, plans = _parts(sources, style)
    if not style.expression:
        return style.rescale or _plan_ranges(plans)
    expression = parse_expression(style.expression)
    check_outputs(expression, style)
    return style.rescale or expression_ranges([(raster, 1) for raster in chosen], expression)


def _parts(sources: tuple[Source, ...], style: Style) -> tuple[list[RasterSource], list[Plan]]:
    """The images that take part, and how each is read."""
    rasters = [source.raster for source in sources]
    chosen = [rasters[number - 1] for number in asset_numbers(style, len(rasters))]
    return chosen, [make_plan(raster, _part_style(style, number)) for number, raster in enumerate(chosen)]


def _part_style(style: Style, number: int) -> Style:
    """The style of one image's part: its first band, stretched by the range that is meant for it."""
    ranges = style.rescale[number : number + 1] if len(style.rescale) > 1 else style.rescale
    stretch = style.stretch[number : number + 1] if len(style.stretch) > 1 else style.stretch
    # Any range will do for arithmetic: it spares measuring one that isn't used.
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


def _plan_ranges(plans: list[Plan]) -> tuple[tuple[float, float], ...]:
    """Each image's own range; none when all are bytes, which are shown as they are."""
    if not any(plan.ranges for plan in plans):
        return ()
    return tuple(plan.ranges[0] if plan.ranges else (0.0, 255.0) for plan in plans)


def _sample(
    chosen: list[RasterSource], plans: list[Plan], grid: Grid, area: TileArea, *, style: Style, limits: Limits
) -> Samples | None:
    bands, alpha = [], None
    for raster, plan in zip(chosen, plans, strict=True):
        found = sample_area(raster, grid, area, plan=plan, style=style, limits=limits)
        if found is None:
            return None
        bands.append(np.ascontiguousarray(found.pixels[:, :, 0]))
        if found.alpha is not None:
            alpha = found.alpha if alpha is None else np.minimum(alpha, found.alpha)
    return Samples(stack(bands), alpha)
