"""Statistics of what a mosaic shows within a polygon, on the pixels of the first image there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tiles.errors import UnsupportedOperation
from tiles.grids import Box, Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.regions.area import Place, Size, resolve_area
from tiles.regions.crs import transform_box
from tiles.regions.shapes import Floats, Shape, area_rings, shape_box
from tiles.regions.statistics_summary import DEFAULT_OPTIONS, SummaryOptions
from tiles.regions.values import Layer, check_size, native_area
from tiles.regions.zonal import Documents, find_window, zone_statistics
from tiles.sources import Source

from .members import Members
from .references import ask_reference
from .values import REASONS, ValuePlan, mosaic_layers

# Of a pixel: what ends where it begins doesn't reach into it, whatever the last digits say.
SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Zone:
    """``statistics``: by layer; ``incomplete``: as `Mosaic` has it."""

    statistics: Documents
    incomplete: str = ""


def mosaic_statistics(
    members: Members,
    shape: Shape,
    crs: Grid,
    *,
    plan: ValuePlan,
    max_size: int = 0,
    options: SummaryOptions = DEFAULT_OPTIONS,
    limits: Limits = DEFAULT_LIMITS,
) -> Zone:
    """As `tiles.regions.zonal.shape_statistics`: each pixel counts by the share of it that lies inside.

    ``members``: those that lie there, in their order. Where none has a pixel, it counts as missing.
    """

    def lattice(reference: tuple[Source, ...]) -> tuple[Grid, TileArea, list[Floats]]:
        grid, area = _lattice(reference, shape, crs, max_size=max_size)
        check_size(area, plan.count, limits=limits)
        return grid, area, area_rings(shape.geometry, reference[0], crs, grid=grid, area=area, limits=limits)

    grid, area, rings = ask_reference(members, lattice, limits=limits)
    reasons: set[str] = set()

    def read(strip: TileArea) -> Sequence[Layer]:
        found = mosaic_layers(members, grid, strip, plan=plan, limits=limits)
        reasons.add(found.incomplete)
        return found.layers

    statistics = zone_statistics(plan.names, area, rings, read=read, options=options)
    return Zone(statistics, next((reason for reason in REASONS if reason in reasons), ""))


def _lattice(reference: tuple[Source, ...], shape: Shape, crs: Grid, *, max_size: int) -> tuple[Grid, TileArea]:
    """The pixels of the first image around the shape, as if it went on beyond its edges; its own are met exactly.

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
    """The corners of a box in pixels of which ``pixel`` is the first, at least one of them."""
    columns = np.sort((np.array([box[0], box[2]]) - pixel.x0) / pixel.dx)
    rows = np.sort((np.array([box[1], box[3]]) - pixel.y0) / pixel.dy)
    return np.asarray(np.column_stack([columns, rows]) + np.array([[SLACK], [-SLACK]]), np.float64)
