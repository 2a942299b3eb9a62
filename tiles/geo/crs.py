"""Find coordinate systems by an authority's code and nothing else, so that no name in a request opens a file."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from tiles.errors import InvalidParameter, OutsideBounds, UnsupportedOperation
from tiles.geo.georeference import EARTH_RADIUS, TRANSFORMATIONS, Floats, spatial_reference
from tiles.geo.grids import PIXELS, WGS84, Box, Grid, web_mercator

_CODE = re.compile(
    r"\[?(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?"
    r"(?P<authority>EPSG|OGC|ESRI)(?::|/)(?:[\d.]*(?::|/))?(?P<code>[A-Za-z0-9]{1,10})\]?",
    re.IGNORECASE,
)
_ALIASES = {"wgs84": "OGC:CRS84", "crs84": "OGC:CRS84", "4326": "EPSG:4326"}
PIXEL_SPACE = Grid(PIXELS, "", ())
# Points a side on which the outline of a box is followed into another system.
OUTLINE_POINTS = 21
# Degrees.
HALF_TURN = 180.0


@lru_cache(maxsize=256)
def crs_grid(text: str, *, name: str = "crs") -> Grid:
    """Return the system that ``text`` names (``EPSG:4326``, OGC's URN or URI, ``wgs84``, ``pixels``) as an empty grid.

    Coordinates are in GIS order, x or longitude first, whatever the authority says. Raises InvalidParameter.
    """
    if text.lower() == PIXELS:
        return PIXEL_SPACE
    match = _CODE.fullmatch(_ALIASES.get(text.lower(), text))
    if match is None:
        raise InvalidParameter(f"{name} must be a code such as EPSG:4326, or pixels, not {text[:40]!r}")
    code = f"{match['authority'].upper()}:{match['code'].upper()}"
    srs = _known_system(code, name=name)
    placed = srs.IsGeographic() or srs.IsProjected()
    if not placed or abs(srs.GetSemiMajor() - EARTH_RADIUS) > EARTH_RADIUS / 100:
        raise InvalidParameter(f"{name} must be a geographic or projected system on Earth, which {code} is not")
    if srs.IsSame(_known_system(web_mercator().crs)):
        return Grid(code, code, (), period=web_mercator().period)
    return Grid(code, code, (), period=360.0 if srs.IsGeographic() else 0.0)


def _known_system(code: str, *, name: str = "crs") -> Any:
    """Make an `osr.SpatialReference` of an authority's code or of WKT. Raises InvalidParameter."""
    try:
        return spatial_reference(code)
    except RuntimeError:
        raise InvalidParameter(f"{name}: no coordinate system is called {code[:40]}") from None


@lru_cache(maxsize=64)
def native_grid(wkt: str) -> Grid:
    """Return the grid of an image's own system."""
    srs = _known_system(wkt)
    return Grid("native", wkt, (), period=360.0 if srs.IsGeographic() else 0.0)


def is_geographic(grid: Grid) -> bool:
    return not grid.is_pixels and bool(_known_system(grid.crs).IsGeographic())


def is_same(first: Grid, second: Grid) -> bool:
    """Tell whether coordinates of one grid are coordinates of the other."""
    if first.is_pixels or second.is_pixels:
        return first.is_pixels and second.is_pixels
    return _is_same(first.crs, second.crs)


@lru_cache(maxsize=1024)
def _is_same(first: str, second: str) -> bool:
    return first == second or bool(_known_system(first).IsSame(_known_system(second)))


def _transformation(source: Grid, target: Grid) -> Any:
    try:
        return TRANSFORMATIONS.between(source.crs, target.crs)[0]
    except RuntimeError:
        raise UnsupportedOperation(f"No way is known from {source.identifier} to {target.identifier}") from None


def transform_points(source: Grid, target: Grid) -> Callable[[Floats], Floats]:
    """Return a function that turns points (count, 2) of one system into those of another; NaN where there are none."""
    transformation = _transformation(source, target)

    def transform(points: Floats) -> Floats:
        try:
            out = np.array(transformation.TransformPoints(points.tolist()))[:, :2]
        except RuntimeError:
            return np.full_like(points, np.nan)
        return np.where(np.abs(out) < 1e300, out, np.nan)

    return transform


def to_degrees(points: Floats, crs: Grid) -> Floats:
    """Convert points (count, 2) of a system to longitudes within ±180 and latitudes; NaN where there are none."""
    degrees = points if is_same(crs, WGS84) else transform_points(crs, WGS84)(points)
    longitudes = degrees[:, :1]
    turned = np.where(
        np.abs(longitudes) > HALF_TURN, (longitudes + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN, longitudes
    )
    return np.hstack([turned, degrees[:, 1:]])


def transform_box(box: Box, source: Grid, target: Grid) -> Box:
    """Return the box around the outline of ``box``; its east is beyond the period's end across the antimeridian.

    Raises OutsideBounds where the target system has no coordinates for it.
    """
    if is_same(source, target):
        return box
    west, south, east, north = box
    if is_geographic(source) and west < HALF_TURN < east:
        # Projections begin anew at the antimeridian: each side by itself.
        left = _transform_box((west, south, HALF_TURN, north), source, target)
        right = _transform_box((-HALF_TURN, south, east - 2 * HALF_TURN, north), source, target)
        right = (right[0] + target.period, right[1], right[2] + target.period, right[3])
        return min(left[0], right[0]), min(left[1], right[1]), max(left[2], right[2]), max(left[3], right[3])
    return _transform_box(box, source, target)


def _transform_box(box: Box, source: Grid, target: Grid) -> Box:
    transformation = _transformation(source, target)
    try:
        west, south, east, north = transformation.TransformBounds(*box, OUTLINE_POINTS)
    except RuntimeError:
        raise OutsideBounds(f"The box has no place in {target.identifier}") from None
    if not all(abs(value) < 1e300 for value in (west, south, east, north)):
        raise OutsideBounds(f"The box has no place in {target.identifier}")
    return west, south, east + target.period if east < west else east, north
