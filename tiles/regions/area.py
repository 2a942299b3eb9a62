"""Resolve the place and size that a request names to the raster that is filled: a grid and an area of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tiles.errors import InvalidParameter, OutsideBounds, UnsupportedOperation
from tiles.geo.crs import PIXEL_SPACE, native_grid, transform_box
from tiles.geo.georeference import AnyReference
from tiles.geo.grids import Box, Grid, TileArea
from tiles.geo.longitudes import forward_box
from tiles.regions.shapes import shape_reference
from tiles.regions.values import native_area
from tiles.sampling.resampling import map_pixels
from tiles.sources.protocol import Source

# Output pixels a side of the raster that tells how fine the image is at a place.
PROBE_SIDE = 64
# Points on each side of a box of pixels that is followed into another coordinate system.
OUTLINE_POINTS = 21


@dataclass(frozen=True, slots=True)
class Size:
    """Hold how many pixels are asked for. 0: open; ``max_size`` and ``fit`` (width, height) only ever shrink."""

    width: int = 0
    height: int = 0
    max_size: int = 0
    fit: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """Hold a box and the system of the output.

    ``box``: in ``crs``, as west, south, east, north; in pixel space left, top, right, bottom; None: the whole image.
    ``output``: the output's system; None: that of the box. ``native``: the output's system is the image's own.
    """

    box: Box | None = None
    crs: Grid = PIXEL_SPACE
    output: Grid | None = None
    native: bool = False


def resolve_area(sources: Sequence[Source], place: Place, size: Size) -> tuple[Grid, TileArea]:
    """Return the raster to fill, however large. Raises InvalidParameter, OutsideBounds, UnsupportedOperation."""
    first = sources[0]
    box = _whole(first) if place.box is None else place.box
    output = _native(first) if place.native else place.output or place.crs
    if place.crs.is_pixels:
        box = _clipped(box, first)
        grid, area = _pixel_area(first, box, whole=place.box is None), None
        if output.is_pixels and len(sources) == 1:
            return first.pixel_grid, sized_area(grid, size, round(abs(grid.width)), round(abs(grid.height)))
        if output.is_pixels:
            native, area = native_area(first, grid)
            return native, sized_area(area, size, area.width, area.height)
        box = _outline(shape_reference(first, output), box, output)
    else:
        if output.is_pixels:
            raise InvalidParameter("crs can't be pixels when the box isn't in pixels")
        box = transform_box(forward_box(box, place.crs), place.crs, output)
    return output, _crs_area(sources, output, box, size)


def _whole(source: Source) -> Box:
    return 0.0, 0.0, float(source.width), float(source.height)


def _native(source: Source) -> Grid:
    if not source.wkt:
        raise UnsupportedOperation("This image has no coordinate system of its own")
    return native_grid(source.wkt)


def _clipped(box: Box, source: Source) -> Box:
    left, top, right, bottom = box
    if not (left < right and top < bottom):
        raise InvalidParameter("left must be less than right, and top less than bottom")
    clipped = max(0.0, left), max(0.0, top), min(float(source.width), right), min(float(source.height), bottom)
    if not (clipped[0] < clipped[2] and clipped[1] < clipped[3]):
        raise OutsideBounds(f"The region lies outside the {source.width:,} x {source.height:,} pixels of the image")
    return clipped


def _pixel_area(source: Source, box: Box, *, whole: bool) -> TileArea:
    """Return the box at full resolution; the whole image north up, even if its rows run the other way."""
    left, top, right, bottom = box
    width, height = max(1, round(right - left)), max(1, round(bottom - top))
    dx, dy = (right - left) / width, (bottom - top) / height
    if whole and source.geotransform and source.geotransform[5] > 0:
        return TileArea(left, bottom, dx, -dy, width, height)
    return TileArea(left, top, dx, dy, width, height)


def _outline(reference: AnyReference, box: Box, output: Grid) -> Box:
    """Return the box in ``output`` around a box of pixels. Raises OutsideBounds where it has no place there."""
    left, top, right, bottom = box
    columns, rows = np.meshgrid(np.linspace(left, right, OUTLINE_POINTS), np.linspace(top, bottom, OUTLINE_POINTS))
    x, y = reference.to_coordinates(columns, rows)
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        raise OutsideBounds(f"The region has no place in {output.identifier}")
    x, y = x[known], y[known]
    if output.period and x.max() - x.min() > output.period / 2:
        # Both ends of the world, or across its seam: where the east's part is counted on, is it narrower?
        turned = np.where(x < 0, x + output.period, x)
        x = turned if turned.max() - turned.min() < x.max() - x.min() else x
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _crs_area(sources: Sequence[Source], output: Grid, box: Box, size: Size) -> TileArea:
    west, south, east, north = box
    width, height = _native_size(sources, output, box)
    area = TileArea(west, north, (east - west) / width, (south - north) / height, width, height)
    return sized_area(area, size, width, height)


def _native_size(sources: Sequence[Source], output: Grid, box: Box) -> tuple[int, int]:
    """Return width and height of the box in pixels of the finest image. Raises OutsideBounds where no image is."""
    west, south, east, north = box
    probe = TileArea(west, north, (east - west) / PROBE_SIDE, (south - north) / PROBE_SIDE, PROBE_SIDE, PROBE_SIDE)
    scales = []
    for source in sources:
        found = map_pixels(shape_reference(source, output), probe)
        if found is not None:
            scales.append(found.scale)
    if not scales or max(max(scale) for scale in scales) <= 0:
        raise OutsideBounds("The region lies outside the image")
    across, down = (max(scale[axis] for scale in scales) for axis in (0, 1))
    return max(1, round(across * PROBE_SIDE)), max(1, round(down * PROBE_SIDE))


def sized_area(area: TileArea, size: Size, width: int, height: int) -> TileArea:
    """Return the area with as many pixels as are asked for; ``width``, ``height``: as many as the image has there."""
    wanted = _shrunk(width, height, size) if not (size.width or size.height) else _given(width, height, size)
    x1, y1 = area.x0 + area.dx * area.width, area.y0 + area.dy * area.height
    return TileArea(area.x0, area.y0, (x1 - area.x0) / wanted[0], (y1 - area.y0) / wanted[1], *wanted)


def _given(width: int, height: int, size: Size) -> tuple[int, int]:
    """Return both sides as asked for, or the one that is and the other in proportion."""
    across = size.width or max(1, round(size.height * width / height))
    return across, size.height or max(1, round(size.width * height / width))


def _shrunk(width: int, height: int, size: Size) -> tuple[int, int]:
    factors = [most / side for side, most in ((width, size.fit[0]), (height, size.fit[1])) if most]
    if size.max_size:
        factors.append(size.max_size / max(width, height))
    factor = min([1.0, *factors])
    return max(1, round(width * factor)), max(1, round(height * factor))
