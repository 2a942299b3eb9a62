"""Find coordinate systems by an authority's code and nothing else, so that no name in a request opens a file."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from tiles.errors import InvalidParameter, OutsideBounds, UnsupportedOperation
from tiles.geo.georeference import EARTH_RADIUS, TRANSFORMATIONS, Floats, spatial_reference
from tiles.geo.grids import PIXELS, WGS84, Grid
from tiles.geo.longitudes import Box, find_period, split_box, unwrapped, wrapped

_CODE = re.compile(
    r"\[?(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?"
    r"(?P<authority>EPSG|OGC|ESRI)(?::|/)(?:[\d.]*(?::|/))?(?P<code>[A-Za-z0-9]{1,10})\]?",
    re.IGNORECASE,
)
_ALIASES = {"wgs84": "OGC:CRS84", "crs84": "OGC:CRS84", "4326": "EPSG:4326"}
PIXEL_SPACE = Grid(PIXELS, "", ())
# Points a side on which the outline of a box is followed into another system.
OUTLINE_POINTS = 21


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
    return Grid(code, code, (), period=find_period(code))


def _known_system(code: str, *, name: str = "crs") -> Any:
    """Make an `osr.SpatialReference` of an authority's code or of WKT. Raises InvalidParameter."""
    try:
        return spatial_reference(code)
    except RuntimeError:
        raise InvalidParameter(f"{name}: no coordinate system is called {code[:40]}") from None


@lru_cache(maxsize=64)
def native_grid(wkt: str) -> Grid:
    """Return the grid of an image's own system."""
    _known_system(wkt)
    return Grid("native", wkt, (), period=find_period(wkt))


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
    return np.hstack([wrapped(degrees[:, :1]), degrees[:, 1:]])


def transform_box(box: Box, source: Grid, target: Grid) -> Box:
    """Return the box around the outline of ``box``; its east is beyond the period's end across the antimeridian.

    Raises OutsideBounds where the target system has no coordinates for it.
    """
    if is_same(source, target):
        return box
    # Projections begin anew at the antimeridian: each side by itself.
    parts = split_box(box, source.period)
    found = [_transform_box(part, source, target) for part in parts]
    if len(found) > 1 and target.period:
        # The second part goes on where the first one ends.
        west, south, east, north = found[1]
        turn = target.period * np.ceil((found[0][0] - west) / target.period)
        found[1] = (float(west + turn), south, float(east + turn), north)
    wests, souths, easts, norths = zip(*found, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def _transform_box(box: Box, source: Grid, target: Grid) -> Box:
    transformation = _transformation(source, target)
    try:
        west, south, east, north = transformation.TransformBounds(*box, OUTLINE_POINTS)
    except RuntimeError:
        raise OutsideBounds(f"The box has no place in {target.identifier}") from None
    if not all(abs(value) < 1e300 for value in (west, south, east, north)):
        raise OutsideBounds(f"The box has no place in {target.identifier}")
    east = east + target.period if east < west else east
    if target.period and east - west > target.period / 2:
        # Does it go half round the Earth, or across the target's own seam?
        west, east = min((west, east), _followed(box, source, target), key=lambda ends: ends[1] - ends[0])
    return west, south, east, north


def _followed(box: Box, source: Grid, target: Grid) -> tuple[float, float]:
    """Return west and east of a box's outline in a target that has a period, followed across its seam."""
    west, south, east, north = box
    steps = np.linspace(0, 1, OUTLINE_POINTS)
    x, y = west + (east - west) * steps, south + (north - south) * steps
    ring = np.concatenate(
        [
            np.column_stack([x, np.full_like(x, south)]),
            np.column_stack([np.full_like(y, east), y]),
            np.column_stack([x, np.full_like(x, north)])[::-1],
            np.column_stack([np.full_like(y, west), y])[::-1],
        ]
    )
    found = transform_points(source, target)(ring)[:, 0]
    if not np.isfinite(found).all():
        return -np.inf, np.inf
    path = unwrapped(found, target.period)
    low, high = float(path.min()), float(path.max())
    turn = target.period * np.floor((low + target.period / 2) / target.period)
    return float(low - turn), float(high - turn)
