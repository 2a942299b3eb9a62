"""Render pictures of a mosaic: values of as many images as it takes, painted as one."""

from dataclasses import dataclass, replace
from functools import partial

from tiles.geo.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.mosaics.coverage import AreaCoverage
from tiles.mosaics.gathering import gather
from tiles.mosaics.members import Members
from tiles.mosaics.resolving import ResolvedMosaic, placed_raster
from tiles.rendering.band_values import turned_areas
from tiles.rendering.composite import sample_composite
from tiles.rendering.terrain import paint_terrain, with_margin
from tiles.rendering.tile import compute, paint_values, sample_area, unscaled
from tiles.sampling.resampling import Samples, merge
from tiles.sources.protocol import Source
from tiles.sources.raster import RasterSource
from tiles.styling.painting import Picture, paint_palette
from tiles.styling.resolving import resolve_style
from tiles.styling.style import Style

# Any range: members are sampled, the mosaic as a whole is stretched.
UNUSED_RANGE = ((0.0, 1.0),)


@dataclass(frozen=True, slots=True)
class Mosaic:
    """Hold a rendered area. ``picture``: None when it shows nothing; ``used``: indexes of the members it is made of.

    ``incomplete``: why members were left out: items, time, unreadable; empty when none was that could matter.
    """

    picture: Picture | None
    used: tuple[int, ...]
    incomplete: str = ""


def render_mosaic(
    members: Members, grid: Grid, area: TileArea, *, resolved: ResolvedMosaic, limits: Limits = DEFAULT_LIMITS
) -> Mosaic:
    """Render the area from these images, in their order. Unreadable ones are left out, unless none can be read."""
    where = with_margin(area) if resolved.style.algorithm else area
    read = partial(_sample, grid=grid, area=where, style=resolved.style, limits=limits)
    found = gather(members, AreaCoverage(grid, where), selection=resolved.selection, read=read, limits=limits)
    picture = _paint(found.parts[0], grid, area, resolved=resolved) if found.parts else None
    return Mosaic(picture, found.used, found.incomplete)


def _sample(
    sources: tuple[Source, ...], *, grid: Grid, area: TileArea, style: Style, limits: Limits
) -> list[Samples] | None:
    """Read the values that are merged and painted; None when the images have none here.

    Raises InvalidParameter for a band that they lack.
    """
    rasters = tuple(placed_raster(source) for source in sources)
    out: Samples | None = None
    for moved in turned_areas(area, grid, tuple(box for raster in rasters for box in raster.coverage(grid))):
        if len(rasters) > 1:
            found = sample_composite(sources, grid, moved, style=style, limits=limits)
        else:
            found = _sample_one(rasters[0], grid, moved, style=replace(style, rescale=UNUSED_RANGE), limits=limits)
        out = merge(out, found) if found else out
    return [out] if out else None


def _sample_one(raster: RasterSource, grid: Grid, area: TileArea, *, style: Style, limits: Limits) -> Samples | None:
    resolved = resolve_style(raster, style)
    samples = sample_area(raster, grid, area, resolved=resolved, style=style, limits=limits)
    if samples is None:
        return None
    if style.unscale:
        samples = replace(samples, pixels=unscaled(raster, samples.pixels, resolved.indexes))
    return Samples(*compute(resolved.expression, samples.pixels, samples.alpha)) if resolved.expression else samples


def _paint(samples: Samples, grid: Grid, area: TileArea, *, resolved: ResolvedMosaic) -> Picture | None:
    if resolved.style.algorithm:
        return paint_terrain(samples, grid, area, style=resolved.style)
    if resolved.palette is not None:
        picture = paint_palette(samples.pixels[:, :, 0], resolved.palette, samples.alpha)
    else:
        picture = paint_values(samples.pixels, samples.alpha, ranges=resolved.ranges, style=resolved.style)
    return None if picture.is_empty else picture
