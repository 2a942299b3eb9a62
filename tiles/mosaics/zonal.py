"""Read the pixels of a mosaic that statistics are made of: those within a polygon, or a sample of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tiles.errors import UnsupportedOperation
from tiles.geo.crs import transform_box
from tiles.geo.grids import WGS84, Box, Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.mosaics.coverage import UnknownCoverage
from tiles.mosaics.gathering import gather
from tiles.mosaics.members import Member, Members, ask_reference
from tiles.mosaics.values import ResolvedValues, as_samples, first_reason, gathered_layers, mosaic_layers
from tiles.regions.area import Place, Size, resolve_area
from tiles.regions.shapes import Floats, Shape, area_rings, shape_box
from tiles.regions.values import Layer, check_size, native_area
from tiles.regions.zonal import SAMPLE_SIDE, find_window, sample_area, sample_layers, zone_layers
from tiles.regions.zonal_pixels import Counted
from tiles.sampling.resampling import Samples
from tiles.sources.protocol import Source

# Of a pixel: what ends where it begins doesn't reach into it, whatever the last digits say.
SLACK = 1e-6
# Lambert's cylindrical equal-area projection, so that no latitude counts for more than another, and the metres round
# its equator: EASE-Grid 2.0's, whose parallels of 30 degrees are true to scale.
EQUAL_AREA = Grid("equal area", "+proj=cea +lat_ts=30 +ellps=WGS84 +units=m", (), period=2 * 17_367_530.445161)


@dataclass(frozen=True, slots=True)
class Zone:
    """Hold the pixels to count. ``incomplete``: why members are missing, as `Mosaic` has it."""

    counted: Counted
    incomplete: str = ""


def mosaic_zone(
    members: Members,
    shape: Shape,
    crs: Grid,
    *,
    resolved: ResolvedValues,
    max_size: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> Zone:
    """Read the pixels within a polygon, each counted by the share of it that lies inside.

    ``members``: those that lie there, in their order. Where none has a pixel, it counts as missing.
    """

    def lattice(reference: tuple[Source, ...]) -> tuple[Grid, TileArea, list[Floats]]:
        grid, area = _lattice(reference, shape, crs, max_size=max_size)
        check_size(area, resolved.count, limits=limits)
        return grid, area, area_rings(shape.geometry, reference[0], crs, grid=grid, area=area, limits=limits)

    grid, area, rings = ask_reference(members, lattice, limits=limits)
    reasons: set[str] = set()

    def read(strip: TileArea) -> Sequence[Layer]:
        found = mosaic_layers(members, grid, strip, resolved=resolved, limits=limits)
        reasons.add(found.incomplete)
        return found.layers

    return Zone(zone_layers(resolved.names, area, rings, read=read), first_reason(reasons))


def mosaic_sample(
    members: Members,
    bounds: Box,
    *,
    resolved: ResolvedValues,
    max_size: int = SAMPLE_SIDE,
    limits: Limits = DEFAULT_LIMITS,
) -> Zone:
    """Sample the whole mosaic by at most ``max_size`` pixels a side: of equal area, or a single member's own.

    ``bounds``: in degrees, of all members.
    """
    if len(members) == 1:
        return _sample_one(members[0], resolved=resolved, max_size=max_size, limits=limits)

    def lattice(reference: tuple[Source, ...]) -> tuple[Grid, TileArea]:
        return resolve_area(reference, Place(bounds, WGS84, EQUAL_AREA), Size(max_size=max_size))

    grid, area = ask_reference(members, lattice, limits=limits)
    found = mosaic_layers(members, grid, area, resolved=resolved, limits=limits)
    return Zone(Counted(found.layers), found.incomplete)


def _sample_one(member: Member, *, resolved: ResolvedValues, max_size: int, limits: Limits) -> Zone:
    """Sample a mosaic's only member on its own pixels, as `tiles.regions.zonal.sample_layers` does."""
    area = ask_reference([member], lambda sources: sample_area(sources[0], max_size=max_size), limits=limits)
    check_size(area, resolved.count, limits=limits)

    def read(sources: tuple[Source, ...]) -> list[Samples]:
        return as_samples(sample_layers(sources, style=resolved.style, max_size=max_size, limits=limits).layers)

    found = gather(
        [member], UnknownCoverage(area.width * area.height), selection=resolved.selection, read=read, limits=limits
    )
    one = gathered_layers(found, resolved, (area.height, area.width))
    return Zone(Counted(one.layers), one.incomplete)


def _lattice(reference: tuple[Source, ...], shape: Shape, crs: Grid, *, max_size: int) -> tuple[Grid, TileArea]:
    """Return the first image's grid of pixels around the shape, continued beyond the image's edges.

    An image that doesn't lie north up gives no more than the size of pixels.
    """
    box = shape_box(shape.geometry, crs)
    try:
        grid, pixel = native_area(reference[0], TileArea(0.0, 0.0, 1.0, 1.0, 1, 1))
    except UnsupportedOperation:
        return resolve_area(reference, Place(box, crs), Size(max_size=max_size))
    window = find_window([_pixels_of(transform_box(box, crs, grid), pixel)], max_size=max_size)
    assert window is not None
    return native_area(reference[0], window.area)


def _pixels_of(box: Box, pixel: TileArea) -> Floats:
    """Return the corners (2, 2) of a box, at least one pixel large, as columns and rows counted from ``pixel``."""
    columns = np.sort((np.array([box[0], box[2]]) - pixel.x0) / pixel.dx)
    rows = np.sort((np.array([box[1], box[3]]) - pixel.y0) / pixel.dy)
    return np.asarray(np.column_stack([columns, rows]) + np.array([[SLACK], [-SLACK]]), np.float64)
