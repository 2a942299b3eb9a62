"""Measure the pixels of an area on the ground, in any coordinate system, and find where north is there.

Neighbours' places are told as points of WGS84's ellipsoid in space, so that poles and the antimeridian are like all
other places. Heights above the ellipsoid make no difference that could be seen.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from osgeo import osr

from tiles.geo.crs import transform_points
from tiles.geo.georeference import EARTH_RADIUS, Floats, spatial_reference
from tiles.geo.grids import WGS84, Grid, TileArea
from tiles.sources.raster import RasterSource
from tiles.styling.algorithms import Ground

# Pixels from one place that is measured to the next; between them a projection changes little.
SPACING = 32
# The squared eccentricity of WGS84.
ECCENTRICITY = 0.00669437999014
# Metres, or shares, by which the places of one row may differ where a projection treats them all alike.
ALIKE = 1e-6
METRES_PER_DEGREE = np.pi * EARTH_RADIUS / 180

Fields = npt.NDArray[Any]


def measure_ground(source: RasterSource | None, grid: Grid, area: TileArea, *, directed: bool = True) -> Ground:
    """Measure the area's pixels on the ground; in units of pixels where an image has no place on Earth.

    ``source``: the image that a grid of pixels is of; others need none.
    ``directed``: whether it is asked where north is.
    """
    if grid.is_pixels and not (source and source.is_geospatial):
        return Ground(abs(area.dx), abs(area.dy))
    columns, rows = np.meshgrid(_places(area.width), _places(area.height))
    # The pixel's middle, and those of its sides.
    offsets = np.array([(0, 0), (0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5)])[:, :, None, None]
    located = np.radians(_locate(source, grid, area, columns + offsets[:, 0], rows + offsets[:, 1]))
    points = _in_space(located)
    along, down = points[1] - points[2], points[3] - points[4]
    length = _length(down)
    lean = (along * down).sum(axis=-1) / length**2
    across = along - lean[..., None] * down
    width = _length(across)
    sizes = np.stack([width, length, lean], axis=-1)
    if not np.isfinite(sizes).all():
        return _nominal(grid, area)
    found = _spread(sizes, area)
    ground = Ground(found[0], found[1], found[2])
    if not directed:
        return ground
    ways = _directions(located[0])
    shares = [(one * way).sum(axis=-1) / size for one, size in ((across, width), (down, length)) for way in ways]
    found = _spread(np.stack(shares, axis=-1), area)
    return replace(ground, right=(found[0], found[1]), below=(found[2], found[3]))


def _places(size: int) -> Floats:
    return np.linspace(0.5, size - 0.5, max(2, -(-size // SPACING) + 1))


def _locate(source: RasterSource | None, grid: Grid, area: TileArea, columns: Floats, rows: Floats) -> Floats:
    """Return longitudes and latitudes (…, 2) of places counted in the area's pixels."""
    x, y = area.x0 + columns * area.dx, area.y0 + rows * area.dy
    if grid.is_pixels:
        assert source is not None
        return np.stack(source.reference(WGS84).to_coordinates(x, y), axis=-1)
    points = np.stack([x.ravel(), y.ravel()], axis=-1)
    return transform_points(grid, WGS84)(points).reshape(*x.shape, 2)


def _in_space(located: Floats) -> Floats:
    longitude, latitude = located[..., 0], located[..., 1]
    normal = EARTH_RADIUS / np.sqrt(1 - ECCENTRICITY * np.sin(latitude) ** 2)
    ring = normal * np.cos(latitude)
    parts = (ring * np.cos(longitude), ring * np.sin(longitude), normal * (1 - ECCENTRICITY) * np.sin(latitude))
    return np.stack(parts, axis=-1)


def _directions(located: Floats) -> tuple[Floats, Floats]:
    """Return east and north, as directions in space."""
    longitude, latitude = located[..., 0], located[..., 1]
    east = np.stack([-np.sin(longitude), np.cos(longitude), np.zeros_like(longitude)], axis=-1)
    sine = np.sin(latitude)
    north = np.stack([-sine * np.cos(longitude), -sine * np.sin(longitude), np.cos(latitude)], axis=-1)
    return east, north


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt((vectors**2).sum(axis=-1)))


def _spread(parts: Floats, area: TileArea) -> Sequence[Fields]:
    """Interpolate numbers of each pixel from the measured places' (…, kinds); one column where all are alike."""
    width = area.width
    if np.abs(parts - parts[:, :1]).max() < ALIKE:
        parts, width = parts[:, :1], 1
    across, down = _positions(parts.shape[1], parts.shape[0], width, area.height)
    return cv2.split(cv2.remap(parts.astype(np.float32), across, down, cv2.INTER_LINEAR))


@lru_cache(maxsize=16)
def _positions(columns: int, rows: int, width: int, height: int) -> tuple[Fields, Fields]:
    """Return where each pixel lies between the measured places."""
    across, down = np.linspace(0, columns - 1, width), np.linspace(0, rows - 1, height)
    x, y = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
    return x, y


def _nominal(grid: Grid, area: TileArea) -> Ground:
    """Measure by the units alone: an edge of the area lies beyond where the system has coordinates."""
    if grid.is_pixels:
        return Ground(abs(area.dx), abs(area.dy))
    spatial: osr.SpatialReference = spatial_reference(grid.crs)
    unit = METRES_PER_DEGREE if spatial.IsGeographic() else spatial.GetLinearUnits()
    return Ground(abs(area.dx) * unit, abs(area.dy) * unit)
