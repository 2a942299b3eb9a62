"""Cut any part of an image out as a picture or as data: by box, by pixels, by polygon, or whole."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tiles.errors import OutsideBounds
from tiles.geo.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.regions.area import resolve_area
from tiles.regions.output import RegionRequest, Rendered, band_labels, frame, missing_value
from tiles.regions.picture import masked_picture, render_picture
from tiles.regions.shapes import Shape, area_rings, shape_box
from tiles.regions.values import band_numbers, check_size, read_layers
from tiles.regions.zonal_coverage import coverage_fractions
from tiles.rendering.band_values import turned_areas
from tiles.rendering.tile import overlap
from tiles.sources.protocol import Source

# Colors of a picture, and its alpha: what a pixel of it costs.
PICTURE_VALUES = 4
# A pixel shows when at least this share of it lies within the polygon.
SHARE_SHOWN = 0.5


def render_region(sources: tuple[Source, ...], wanted: RegionRequest, *, limits: Limits = DEFAULT_LIMITS) -> Rendered:
    """Render a region of one image, or of several whose bands count on.

    Raises OutsideBounds where no image is, TooLarge naming the limit, and all that parameters and reading raise.
    """
    place = wanted.place
    if wanted.shape and place.box is None:
        place = replace(place, box=shape_box(wanted.shape.geometry, place.crs))
    grid, area = resolve_area(sources, place, wanted.size)
    count = PICTURE_VALUES if wanted.is_picture else len(band_numbers(sources, wanted.style))
    _check_overlap(sources, grid, area)
    check_size(area, count, limits=limits)
    shown = shape_mask(wanted.shape, sources[0], place.crs, grid, area, limits=limits) if wanted.shape else None
    box = None if grid.is_pixels else area.box
    where = frame(sources[0], grid, area)
    if wanted.is_picture:
        picture = masked_picture(render_picture(sources, grid, area, style=wanted.style, limits=limits), shown)
        return Rendered(wanted, where, box, picture)
    layers = read_layers(sources, grid, area, style=wanted.style, limits=limits)
    masked = tuple(layer if shown is None else replace(layer, valid=layer.shown & shown) for layer in layers)
    return Rendered(
        wanted,
        where,
        box,
        layers=masked,
        nodata=missing_value(sources, wanted.style),
        labels=band_labels(sources, wanted.style),
    )


def _check_overlap(sources: Sequence[Source], grid: Grid, area: TileArea) -> None:
    if not any(
        overlap(moved.box, box)
        for source in sources
        for moved in turned_areas(area, grid, source.coverage(grid))
        for box in source.coverage(grid)
    ):
        raise OutsideBounds("The region lies outside the image")


def shape_mask(
    shape: Shape, source: Source, crs: Grid, grid: Grid, area: TileArea, *, limits: Limits
) -> npt.NDArray[np.bool_]:
    """Return which pixels of the area, (rows, columns), lie within the polygon. Raises OutsideBounds for none."""
    rings = area_rings(shape.geometry, source, crs, grid=grid, area=area, limits=limits)
    return coverage_fractions(rings, width=area.width, height=area.height) >= SHARE_SHOWN
