"""One tile from as many images as it takes: each is opened, sampled and left before the next."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tiles.composite import composite_ranges, sample_composite
from tiles.errors import (
    InvalidParameter,
    OutsideBounds,
    SourceCorrupt,
    SourceNotFound,
    SourceUnreachable,
    SourceUnreadable,
    TilesError,
    UnsupportedOperation,
)
from tiles.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.painting import Picture, paint_palette
from tiles.plan import make_plan
from tiles.pool import lease_sources
from tiles.raster import RasterSource
from tiles.references import SourceRef
from tiles.render import compute, overlap, paint_values, sample_area
from tiles.sampling.resampling import Samples
from tiles.sources import Source, open_source
from tiles.statistics import BandStatistics
from tiles.style import Style

from .selection import SELECTIONS, Selection
from .statistics import pool_statistics

# The assets of one item.
Member = tuple[SourceRef, ...]
BROKEN = (SourceNotFound, SourceUnreadable, SourceCorrupt, SourceUnreachable)
# Members that are tried for one that can be opened.
ATTEMPTS = 8
# Values of a count that isn't rescaled: black for none, white for so many.
COUNT_RANGE = (0.0, 10.0)
# Any range: members are sampled, the mosaic as a whole is stretched.
UNUSED_RANGE = ((0.0, 1.0),)


@dataclass(frozen=True, slots=True)
class MosaicPlan:
    """What all tiles of a mosaic have in common. ``ranges``: empty when values are colors already."""

    style: Style
    selection: str
    ranges: tuple[tuple[float, float], ...]
    palette: npt.NDArray[np.uint8] | None = None

    @property
    def canonical(self) -> tuple[object, ...]:
        return self.style.canonical, self.selection, self.ranges, self.palette is not None


@dataclass(frozen=True, slots=True)
class Mosaic:
    """A tile. ``picture``: None when it shows nothing; ``used``: indexes of the members that have pixels in it.

    ``incomplete``: why members were left out: items, time, unreadable; empty when none was that could matter.
    """

    picture: Picture | None
    used: tuple[int, ...]
    incomplete: str = ""


def plan_mosaic(samples: Sequence[Member], *, style: Style, selection: str) -> MosaicPlan:
    """Bands and stretch by some of the members: from their stored statistics, or from the first that opens.

    Raises what opening an image does, InvalidParameter for bands that it doesn't have.
    """
    if style.algorithm:
        raise InvalidParameter(f"algorithm={style.algorithm.name} is of one image, not of a mosaic")
    failure: TilesError | None = None
    for number in range(min(len(samples), ATTEMPTS)):
        try:
            return _plan_by(samples[number:], style=style, selection=selection)
        except (*BROKEN, UnsupportedOperation) as error:
            failure = error
    raise failure or InvalidParameter("A mosaic has at least one image")


def _plan_by(samples: Sequence[Member], *, style: Style, selection: str) -> MosaicPlan:
    """By the first of these in what their statistics don't tell."""
    sources = tuple(open_source(ref) for ref in _pooled(samples))
    plan_style, palette = style, None
    if len(sources) > 1:
        ranges = composite_ranges(sources, style=style)
    else:
        raster = _raster(sources[0])
        plan = make_plan(raster, style)
        ranges, palette = plan.ranges, plan.palette
        plan_style = style if plan.expression else replace(style, indexes=plan.indexes)
    if palette is not None and not SELECTIONS[selection].for_palettes:
        raise InvalidParameter(f"pixel_selection can't be {selection}: the colors of a table have no order")
    if selection == "count":
        ranges, palette = style.rescale or (COUNT_RANGE,), None
    return MosaicPlan(style=plan_style, selection=selection, ranges=ranges, palette=palette)


def _pooled(samples: Sequence[Member]) -> Member:
    """The first member, with the statistics of all."""
    return tuple(
        replace(ref, statistics=_pool([each[number].statistics for each in samples if number < len(each)]))
        for number, ref in enumerate(samples[0])
    )


def _pool(found: list[tuple[BandStatistics | None, ...]]) -> tuple[BandStatistics | None, ...]:
    bands = []
    for number in range(max(map(len, found))):
        known = [one[number] for one in found if len(one) > number]
        stored = [one for one in known if one is not None]
        bands.append(pool_statistics(stored) if stored else None)
    return tuple(bands)


def render_mosaic(
    members: Sequence[Member],
    grid: Grid,
    area: TileArea,
    *,
    plan: MosaicPlan,
    limits: Limits = DEFAULT_LIMITS,
) -> Mosaic:
    """The area of these images, in their order. What can't be read is left out, unless nothing can."""
    selection = SELECTIONS[plan.selection]()
    chosen = _affordable(members, selection, area, limits)
    incomplete = "items" if len(chosen) < len(members) else ""
    used: list[int] = []
    failure: TilesError | None = None
    end = time.monotonic() + limits.mosaic_seconds
    for number, member in enumerate(chosen):
        if time.monotonic() > end:
            incomplete = "time"
            break
        try:
            samples = _sample(member, grid, area, plan=plan, limits=limits)
        except BROKEN as error:
            failure, incomplete = error, "unreadable"
            continue
        if samples is not None:
            used.append(number)
            selection.add(samples)
        if selection.is_complete:
            incomplete = "" if incomplete == "items" else incomplete
            break
    if failure is not None and not used:
        raise failure
    return Mosaic(_paint(selection.result(), plan), tuple(used), incomplete)


def _affordable(members: Sequence[Member], selection: Selection, area: TileArea, limits: Limits) -> Sequence[Member]:
    """As many members as may be looked at, of which some selections keep all pixels."""
    most = limits.mosaic_items
    if selection.keeps_all:
        most = min(most, max(1, limits.region_values // (area.width * area.height * 4)))
    return members[:most]


def _sample(member: Member, grid: Grid, area: TileArea, *, plan: MosaicPlan, limits: Limits) -> Samples | None:
    """The values that are merged and painted; None when the image has none here, or lacks a band."""
    with lease_sources(member, limits=limits) as sources:
        try:
            samples = _sample_sources(sources, grid, area, plan=plan, limits=limits)
        except (OutsideBounds, InvalidParameter, UnsupportedOperation):
            return None
    if samples is None or (samples.alpha is not None and not samples.alpha.any()):
        return None
    return samples


def _sample_sources(
    sources: tuple[Source, ...], grid: Grid, area: TileArea, *, plan: MosaicPlan, limits: Limits
) -> Samples | None:
    rasters = tuple(_raster(source) for source in sources)
    if not all(any(overlap(area.box, box) for box in raster.coverage(grid)) for raster in rasters):
        return None
    if len(rasters) > 1:
        return sample_composite(rasters, grid, area, style=plan.style, limits=limits)
    style = replace(plan.style, rescale=UNUSED_RANGE)
    own = make_plan(rasters[0], style)
    samples = sample_area(rasters[0], grid, area, plan=own, style=style, limits=limits)
    if samples is None:
        return None
    if style.unscale:
        samples = _unscaled(samples, rasters[0], own.indexes)
    return Samples(*compute(own.expression, samples.pixels, samples.alpha)) if own.expression else samples


def _unscaled(samples: Samples, source: RasterSource, indexes: tuple[int, ...]) -> Samples:
    facts = [source.band(index) for index in indexes]
    scales = np.array([fact.scale for fact in facts], np.float32)
    offsets = np.array([fact.offset for fact in facts], np.float32)
    return replace(samples, pixels=samples.pixels.astype(np.float32) * scales + offsets)


def _raster(source: Source) -> RasterSource:
    if not isinstance(source, RasterSource) or not source.is_geospatial:
        raise UnsupportedOperation("A mosaic is made of images that have a place on Earth")
    return source


def _paint(samples: Samples | None, plan: MosaicPlan) -> Picture | None:
    if samples is None:
        return None
    if plan.palette is not None:
        picture = paint_palette(samples.pixels[:, :, 0], plan.palette, samples.alpha)
    else:
        picture = paint_values(samples.pixels, samples.alpha, ranges=plan.ranges, style=plan.style)
    return None if picture.is_empty else picture
