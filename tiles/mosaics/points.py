"""Read raw values of a mosaic at single points, and find the pixels of its images that they lie in."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from tiles.geo.crs import to_degrees
from tiles.geo.georeference import Floats
from tiles.geo.grids import Grid
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.mosaics.coverage import PointCoverage, UnknownCoverage
from tiles.mosaics.gathering import gather
from tiles.mosaics.members import Member, Members, ask_reference
from tiles.mosaics.values import MosaicLayers, ResolvedValues, as_samples, gathered_layers
from tiles.regions.points import check_pixel, pixel_at, pixel_layers, point_layers
from tiles.regions.values import Layer
from tiles.sampling.resampling import Samples
from tiles.sources.pool import lease_sources
from tiles.sources.protocol import Source
from tiles.styling.style import Style


def mosaic_points(
    members: Members, points: Floats, crs: Grid, *, resolved: ResolvedValues, limits: Limits = DEFAULT_LIMITS
) -> MosaicLayers:
    """Read the values at points (count, 2) in ``crs``, as layers of one row.

    ``members``: those that lie at any of them, in their order.
    """
    read = partial(_read_points, points=points, crs=crs, style=resolved.style)
    coverage = PointCoverage(to_degrees(points, crs))
    found = gather(members, coverage, selection=resolved.selection, read=read, limits=limits)
    return gathered_layers(found, resolved, (1, len(points)))


def mosaic_pixel(
    member: Member, left: int, top: int, *, resolved: ResolvedValues, limits: Limits = DEFAULT_LIMITS
) -> MosaicLayers:
    """Read a pixel of a mosaic of a single member, whose pixels are the mosaic's. Raises OutsideBounds."""
    ask_reference([member], lambda sources: check_pixel(sources, left, top), limits=limits)
    read = partial(_read_pixel, left=left, top=top, style=resolved.style)
    found = gather([member], UnknownCoverage(1), selection=resolved.selection, read=read, limits=limits)
    return gathered_layers(found, resolved, (1, 1))


def find_pixels(
    members: Members, used: Iterable[int], x: float, y: float, crs: Grid, *, limits: Limits = DEFAULT_LIMITS
) -> dict[int, tuple[int, int]]:
    """Find column and row of the pixel in which a point lies, in the first image of each of these members."""
    found = {}
    for number in used:
        with lease_sources(members[number].sources[:1], limits=limits) as sources:
            found[number] = pixel_at(sources[0], x, y, crs)
    return found


def _read_points(sources: tuple[Source, ...], *, points: Floats, crs: Grid, style: Style) -> list[Samples]:
    return as_samples(map(_as_measured, point_layers(sources, points[:, 0], points[:, 1], crs=crs, style=style)))


def _read_pixel(sources: tuple[Source, ...], *, left: int, top: int, style: Style) -> list[Samples]:
    return as_samples(map(_as_measured, pixel_layers(sources, left, top, style=style)))


def _as_measured(layer: Layer) -> Layer:
    """Return whole numbers as what has fractions, exactly: the mean of several images has the type of their values."""
    return replace(layer, values=layer.values.astype(np.float64)) if layer.values.dtype.itemsize < 8 else layer
