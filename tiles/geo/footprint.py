"""The outline of a raster on Earth, as GeoJSON in longitude and latitude."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Polygon, box, mapping
from shapely.geometry.base import BaseGeometry

from catalog.extraction.georeference import Georeference, Points
from catalog.extraction.projecting import Projection, projection_of

EDGE_POINTS = 64
"""Steps along each edge: a UTM scene's curved edge is then met to about a thousandth of its bulge."""

INTERIOR_POINTS = 17
"""Points each way that have to lie in the outline, before it is believed."""

TRUSTED_SHARE = 0.97
DECIMALS = 7
"""Of a degree: about a centimetre."""

SIMPLIFY_SHARE = 2e-4
"""Allowed deviation as a part of the outline's size: a fraction of a pixel for usual images."""


SLIVER_SHARE = 1e-6
"""Part of the outline's area below which a piece is but rounding, left of an edge that lies on the antimeridian."""


@dataclass(frozen=True)
class Footprint:
    """`geometry` is a GeoJSON Polygon or MultiPolygon; `bbox` is [west, south, east, north], RFC 7946 section 5."""

    geometry: dict[str, Any]
    bbox: list[float]


def find_footprint(georeference: Georeference, *, width: int, height: int) -> Footprint | None:
    """The outline of `width` x `height` pixels; None when no pixel has a place on Earth."""
    projection = projection_of(georeference)
    if projection is None:
        return None
    interior = projection.lonlat(grid(width, height, INTERIOR_POINTS))
    interior = interior[np.isfinite(interior).all(axis=1)]
    if not len(interior):
        interior = projection.lonlat(grid(width, height, 4 * EDGE_POINTS))
        interior = interior[np.isfinite(interior).all(axis=1)]
        if not len(interior):
            return None
    ring = projection.lonlat(border(width, height))
    if not np.isfinite(ring).all():
        ring = visible_outline(projection, width=width, height=height)
    outline = outline_of(ring, interior=interior)
    if outline is None or share_inside(outline, interior) < TRUSTED_SHARE:
        outline = enclosing_box(projection, width=width, height=height)
    return to_footprint(outline)


def grid(width: int, height: int, count: int) -> Points:
    """`count` x `count` pixel positions spread over the image, none of them on its edge."""
    fractions = (np.arange(count) + 0.5) / count
    columns, rows = np.meshgrid(fractions * width, fractions * height)
    return np.column_stack([columns.ravel(), rows.ravel()])


def border(width: int, height: int) -> Points:
    """Positions around the image, clockwise on screen from the upper left corner, closed."""
    steps = np.arange(EDGE_POINTS) / EDGE_POINTS
    zero, one = np.zeros(EDGE_POINTS), np.ones(EDGE_POINTS)
    columns = np.concatenate([steps, one, 1 - steps, zero, [0.0]]) * width
    rows = np.concatenate([zero, steps, one, 1 - steps, [0.0]]) * height
    return np.column_stack([columns, rows])


def visible_outline(projection: Projection, *, width: int, height: int) -> Points:
    """Around the pixels that are on Earth, row by row: for whole-disk and world images with empty corners."""
    rows = (np.arange(2 * EDGE_POINTS) + 0.5) * height / (2 * EDGE_POINTS)
    columns = (np.arange(4 * EDGE_POINTS) + 0.5) * width / (4 * EDGE_POINTS)
    mesh = np.column_stack([axis.ravel() for axis in np.meshgrid(columns, rows)])
    seen = np.isfinite(projection.lonlat(mesh)).all(axis=1).reshape(len(rows), len(columns))
    hit = seen.any(axis=1)
    first, last = columns[seen.argmax(axis=1)][hit], columns[::-1][seen[:, ::-1].argmax(axis=1)][hit]
    kept = rows[hit]
    left = limb(projection, inside=first, outside=np.zeros_like(first), rows=kept)
    right = limb(projection, inside=last, outside=np.full_like(last, width), rows=kept)
    ring = np.concatenate([np.column_stack([left, kept]), np.column_stack([right, kept])[::-1]])
    return projection.lonlat(np.concatenate([ring, ring[:1]]))


def limb(
    projection: Projection, *, inside: npt.NDArray[np.float64], outside: npt.NDArray[np.float64], rows: Any
) -> npt.NDArray[np.float64]:
    """Columns where rows leave the Earth, between one that is on it and one that may not be, by bisection."""
    edge_seen = np.isfinite(projection.lonlat(np.column_stack([outside, rows]))).all(axis=1)
    near, far = np.where(edge_seen, outside, inside), outside.copy()
    for _ in range(16):
        middle = (near + far) / 2
        seen = np.isfinite(projection.lonlat(np.column_stack([middle, rows]))).all(axis=1)
        near, far = np.where(seen, middle, near), np.where(seen, far, middle)
    return near


def outline_of(ring: Points, *, interior: Points) -> BaseGeometry | None:
    """The area a ring of lon/lat points goes around, in longitudes from -180 to 180.

    Steps are taken the short way round, so longitudes run on past 180. A ring that comes back a whole turn away
    goes around a pole: it is closed along that pole.
    """
    if len(ring) < 4 or not np.isfinite(ring).all():
        return None
    steps = (np.diff(ring[:, 0]) + 180) % 360 - 180
    longitudes = np.concatenate([ring[:1, 0], ring[0, 0] + np.cumsum(steps)])
    points = np.column_stack([longitudes, np.clip(ring[:, 1], -90, 90)])
    turns = round((longitudes[-1] - longitudes[0]) / 360)
    if abs(turns) > 1:
        return None
    if turns:
        pole = float(np.copysign(90, interior[np.abs(interior[:, 1]).argmax(), 1]))
        points = np.concatenate([points, [[longitudes[-1], pole], [longitudes[0], pole]]])
    polygon = shapely.make_valid(Polygon(points))
    tolerance = SIMPLIFY_SHARE * float(np.ptp(points, axis=0).min())
    return wrap(polygon.simplify(tolerance))


def wrap(shape: BaseGeometry) -> BaseGeometry:
    """Cut a shape with any longitudes at each antimeridian, and bring the parts between -180 and 180."""
    west, _, east, _ = shape.bounds
    parts: list[BaseGeometry] = []
    for turn in range(int(np.floor((west + 180) / 360)), int(np.ceil((east + 180) / 360)) + 1):
        part = shape.intersection(box(360 * turn - 180, -90, 360 * turn + 180, 90))
        parts += shapely.get_parts(translate(part, xoff=-360 * turn)).tolist()
    whole = sum(part.area for part in parts)
    kept = [part for part in parts if part.area > SLIVER_SHARE * whole]
    # On a grid, since edges that a whole turn brings together differ by rounding.
    return shapely.union_all(kept, grid_size=10.0**-DECIMALS).simplify(0)


def share_inside(outline: BaseGeometry, points: Points) -> float:
    longitudes = (points[:, 0] + 180) % 360 - 180
    return float(shapely.intersects_xy(outline, longitudes, np.clip(points[:, 1], -90, 90)).mean())


def enclosing_box(projection: Projection, *, width: int, height: int) -> BaseGeometry:
    """The smallest rectangle of longitudes and latitudes around all pixels, open where no pixel is."""
    points = projection.lonlat(np.concatenate([grid(width, height, 2 * EDGE_POINTS), border(width, height)]))
    points = points[np.isfinite(points).all(axis=1)]
    longitudes = np.sort((points[:, 0] + 180) % 360 - 180)
    gaps = np.diff(np.append(longitudes, longitudes[0] + 360))
    widest = int(gaps.argmax())
    south, north = float(points[:, 1].min()), float(points[:, 1].max())
    if gaps[widest] < 5:
        # Samples stop short of the edge: what goes all the way round and nearly reaches a pole does reach it.
        return box(-180, -90 if south < -85 else south, 180, 90 if north > 85 else north)
    west = float(longitudes[(widest + 1) % len(longitudes)])
    return wrap(box(west, south, west + 360 - float(gaps[widest]), north))


def to_footprint(outline: BaseGeometry) -> Footprint | None:
    polygons = [part for part in shapely.get_parts(outline) if isinstance(part, Polygon) and part.area]
    if not polygons:
        return None
    shape = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    rounded = shapely.orient_polygons(shapely.transform(shape, lambda points: points.round(DECIMALS)))
    return Footprint(as_lists(mapping(rounded)), bounding_box(polygons))


def bounding_box(parts: list[Polygon]) -> list[float]:
    """RFC 7946 section 5.2: west is greater than east when parts touch the antimeridian from both sides."""
    bounds = np.array([part.bounds for part in parts]).round(DECIMALS)
    south, north = float(bounds[:, 1].min()), float(bounds[:, 3].max())
    east_side, west_side = bounds[bounds[:, 2] >= 180], bounds[bounds[:, 0] <= -180]
    touching_both = (bounds[:, 0] <= -180) & (bounds[:, 2] >= 180)
    if len(parts) > 1 and len(east_side) and len(west_side) and not touching_both.any():
        west, east = float(bounds[bounds[:, 0] > -180][:, 0].min()), float(bounds[bounds[:, 2] < 180][:, 2].max())
        if west > east:
            return [west, south, east, north]
    return [float(bounds[:, 0].min()), south, float(bounds[:, 2].max()), north]


def as_lists(value: Any) -> Any:
    """Tuples as JSON's lists, at every depth."""
    if isinstance(value, dict):
        return {key: as_lists(item) for key, item in value.items()}
    return [as_lists(item) for item in value] if isinstance(value, list | tuple) else value
