"""Find an image's outline on Earth, in degrees as GeoJSON has them, and tell whether a stranger's is valid."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.affinity import translate
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from tiles.errors import TooLarge
from tiles.geo.georeference import AffineReference, AnyReference, Floats
from tiles.geo.longitudes import wrapped
from tiles.limits import check_deadline

# Steps along each edge: a UTM scene's curved edge is then met to about a thousandth of its bulge.
EDGE_POINTS = 64
# Points each way that have to lie in the outline, before it is believed.
INTERIOR_POINTS = 17
TRUSTED_SHARE = 0.97
# Of a degree: about a centimetre.
DECIMALS = 7
# Allowed deviation as a part of the outline's size: a fraction of a pixel for usual images.
SIMPLIFY_SHARE = 2e-4
# Part of the outline's area below which a piece is but rounding, left of an edge that lies on the antimeridian.
SLIVER_SHARE = 1e-6
# How near a point must come back, for its longitude and latitude to be believed: a part of the image's longer side,
# and at least so many pixels.
ROUND_TRIP_SHARE = 1e-3
ROUND_TRIP_PIXELS = 1.0
# Pairs of overlapping edges that are compared, for a geometry to be found valid: half a second.
MOST_PAIRS = 5e6
# Edges whose overlaps with all others are counted for the estimate, and at a time.
SAMPLED = 128
AT_A_TIME = 16
# Not to be foreseen: nobody hides costly edges between those that are looked at.
_chance = random.SystemRandom()


@dataclass(frozen=True)
class Footprint:
    """Hold an outline as a GeoJSON Polygon or MultiPolygon, and its bounding box [west, south, east, north].

    Across the antimeridian, west is greater than east (RFC 7946 section 5).
    """

    geometry: dict[str, Any]
    bbox: list[float]


def find_footprint(reference: AnyReference) -> Footprint | None:
    """Find the outline of an image from its georeference in degrees.

    Args:
        reference: maps between the image's pixels and longitudes and latitudes (the grid `WGS84`).

    Returns:
        The outline, cut at the antimeridian; None when no pixel has a place on Earth.
    """
    interior = _on_earth(reference, _spread(reference, INTERIOR_POINTS))
    if not len(interior):
        interior = _on_earth(reference, _spread(reference, 4 * EDGE_POINTS))
        if not len(interior):
            return None
    ring = to_lonlat(reference, _border(reference))
    if not np.isfinite(ring).all():
        ring = _visible_outline(reference)
    outline = _outline_of(ring, interior=interior)
    longitudes = (interior[:, 0] + 180) % 360 - 180
    if outline is None or shapely.intersects_xy(outline, longitudes, interior[:, 1]).mean() < TRUSTED_SHARE:
        outline = _enclosing_box(reference)
    return _to_footprint(outline)


def footprint_of_ring(ring: Sequence[Sequence[float]]) -> Footprint | None:
    """Return the footprint that a closed ring of longitudes and latitudes goes around, as metadata state it.

    Across the antimeridian it is cut there; None when it encloses nothing.
    """
    points = np.asarray([position[:2] for position in ring], np.float64)
    if len(points) < 4 or not np.isfinite(points).all() or np.abs(points).max(axis=0)[1] > 90:
        return None
    if np.ptp(points[:, 0]) <= 180:
        return _to_footprint(shapely.make_valid(Polygon(points)))
    outline = _outline_of(points, interior=points)
    return None if outline is None else _to_footprint(outline)


def to_lonlat(reference: AnyReference, pixels: Floats) -> Floats:
    """Return longitudes and latitudes (n, 2) of pixel positions (n, 2); NaN where the image has no place on Earth."""
    columns, rows = pixels[:, 0], pixels[:, 1]
    longitudes, latitudes = reference.to_coordinates(columns, rows)
    lonlat = np.column_stack([longitudes, latitudes])
    if isinstance(reference, AffineReference) and not reference.is_geographic:
        # Outside a projection's domain, some inverses answer with nonsense: it doesn't come back.
        back_columns, back_rows = reference.to_pixels(longitudes, latitudes)
        if reference.period_pixels:
            # Its two ends are one place.
            back_columns = columns + wrapped(back_columns - columns, reference.period_pixels)
        far = max(ROUND_TRIP_SHARE * max(reference.width, reference.height), ROUND_TRIP_PIXELS)
        with np.errstate(invalid="ignore"):
            lonlat[~(np.hypot(back_columns - columns, back_rows - rows) <= far)] = np.nan
    return lonlat


def _on_earth(reference: AnyReference, pixels: Floats) -> Floats:
    """Return the longitudes and latitudes of those pixel positions that have any."""
    lonlat = to_lonlat(reference, pixels)
    return lonlat[np.isfinite(lonlat).all(axis=1)]


def _spread(reference: AnyReference, count: int) -> Floats:
    """Return `count` x `count` pixel positions spread over the image, none of them on its edge."""
    fractions = (np.arange(count) + 0.5) / count
    columns, rows = np.meshgrid(fractions * reference.width, fractions * reference.height)
    return np.column_stack([columns.ravel(), rows.ravel()])


def _border(reference: AnyReference) -> Floats:
    """Return positions around the image, clockwise on screen from the upper left corner, closed."""
    steps = np.arange(EDGE_POINTS) / EDGE_POINTS
    zero, one = np.zeros(EDGE_POINTS), np.ones(EDGE_POINTS)
    columns = np.concatenate([steps, one, 1 - steps, zero, [0.0]]) * reference.width
    rows = np.concatenate([zero, steps, one, 1 - steps, [0.0]]) * reference.height
    return np.column_stack([columns, rows])


def _visible_outline(reference: AnyReference) -> Floats:
    """Go around the pixels that are on Earth, row by row: for whole-disk and world images with empty corners."""
    width, height = reference.width, reference.height
    rows = (np.arange(2 * EDGE_POINTS) + 0.5) * height / (2 * EDGE_POINTS)
    columns = (np.arange(4 * EDGE_POINTS) + 0.5) * width / (4 * EDGE_POINTS)
    mesh = np.column_stack([axis.ravel() for axis in np.meshgrid(columns, rows)])
    seen = np.isfinite(to_lonlat(reference, mesh)).all(axis=1).reshape(len(rows), len(columns))
    hit = seen.any(axis=1)
    first, last = columns[seen.argmax(axis=1)][hit], columns[::-1][seen[:, ::-1].argmax(axis=1)][hit]
    kept = rows[hit]
    left = _limb(reference, inside=first, outside=np.zeros_like(first), rows=kept)
    right = _limb(reference, inside=last, outside=np.full_like(last, width), rows=kept)
    ring = np.concatenate([np.column_stack([left, kept]), np.column_stack([right, kept])[::-1]])
    return to_lonlat(reference, np.concatenate([ring, ring[:1]]))


def _limb(
    reference: AnyReference, *, inside: npt.NDArray[np.float64], outside: npt.NDArray[np.float64], rows: Any
) -> npt.NDArray[np.float64]:
    """Find the columns where rows leave the Earth, between one that is on it and one that may not be, by bisection."""

    def is_seen(columns: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        return np.asarray(np.isfinite(to_lonlat(reference, np.column_stack([columns, rows]))).all(axis=1))

    near, far = np.where(is_seen(outside), outside, inside), outside.copy()
    for _ in range(16):
        middle = (near + far) / 2
        seen = is_seen(middle)
        near, far = np.where(seen, middle, near), np.where(seen, far, middle)
    return near


def _outline_of(ring: Floats, *, interior: Floats) -> BaseGeometry | None:
    """Return the area that a ring of lon/lat points goes around, in longitudes from -180 to 180.

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
    return _wrap(polygon.simplify(tolerance))


def _wrap(shape: BaseGeometry) -> BaseGeometry:
    """Cut a shape with any longitudes at each antimeridian, and bring the parts between -180 and 180."""
    west, _, east, _ = shape.bounds
    cut: list[BaseGeometry] = []
    for turn in range(int(np.floor((west + 180) / 360)), int(np.ceil((east + 180) / 360)) + 1):
        part = shape.intersection(box(360 * turn - 180, -90, 360 * turn + 180, 90))
        cut += shapely.get_parts(translate(part, xoff=-360 * turn)).tolist()
    parts, areas = np.array(cut), shapely.area(cut)
    # On a grid, since edges that a whole turn brings together differ by rounding.
    return shapely.union_all(parts[areas > SLIVER_SHARE * areas.sum()], grid_size=10.0**-DECIMALS).simplify(0)


def _enclosing_box(reference: AnyReference) -> BaseGeometry:
    """Return the smallest rectangle of longitudes and latitudes around all pixels, open where no pixel is."""
    positions = np.concatenate([_spread(reference, 2 * EDGE_POINTS), _border(reference)])
    points = _on_earth(reference, positions)
    longitudes = np.sort((points[:, 0] + 180) % 360 - 180)
    gaps = np.diff(np.append(longitudes, longitudes[0] + 360))
    widest = int(gaps.argmax())
    south, north = float(points[:, 1].min()), float(points[:, 1].max())
    if gaps[widest] < 5:
        # Samples stop short of the edge: what goes all the way round and nearly reaches a pole does reach it.
        return box(-180, -90 if south < -85 else south, 180, 90 if north > 85 else north)
    west = float(longitudes[(widest + 1) % len(longitudes)])
    return _wrap(box(west, south, west + 360 - float(gaps[widest]), north))


def _to_footprint(outline: BaseGeometry) -> Footprint | None:
    """Return the parts of an outline that have an area, as GeoJSON has them; None when none has.

    West of the box is greater than east where the parts meet at the antimeridian, as RFC 7946 has it, section 5.2.
    """
    parts = shapely.get_parts(outline)
    parts = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0)]
    if not len(parts):
        return None
    shape = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    rounded = shapely.orient_polygons(shapely.transform(shape, methodcaller("round", DECIMALS)))
    bounds = shapely.bounds(parts).round(DECIMALS)
    (west, south), (east, north) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    at_west, at_east = bounds[:, 0] <= -180, bounds[:, 2] >= 180
    if len(bounds) > 1 and at_west.any() and at_east.any() and not (at_west & at_east).any():
        first, last = bounds[~at_west, 0].min(), bounds[~at_east, 2].max()
        west, east = (first, last) if first > last else (west, east)
    return Footprint(json.loads(shapely.to_geojson(rounded)), [*map(float, (west, south, east, north))])


def is_valid(geometry: shapely.Geometry, *, most_pairs: float = MOST_PAIRS) -> bool:
    """Return whether GEOS finds a geometry that strangers bring valid, in bounded time.

    GEOS compares all edges whose boxes overlap: of a circle of 100,000 vertices these are some; of a star of as many
    they are billions, in minutes that nothing can interrupt. So the pairs are estimated first.

    Raises:
        TooLarge: So many of its edges lie across one another that checking would take long.
        RenderTimeout: Or another error, when the deadline around is over.
    """
    check_deadline()
    if shapely.get_num_coordinates(geometry) >= SAMPLED and overlapping_edges(geometry) > most_pairs:
        raise TooLarge("The geometry's edges lie across one another too often to be checked; simplify it")
    return bool(shapely.is_valid(geometry))


def overlapping_edges(geometry: shapely.Geometry) -> float:
    """Return about how many pairs of the geometry's edges have boxes that overlap, from a sample of the edges."""
    positions = shapely.get_coordinates(geometry)
    if len(positions) < SAMPLED:
        return 0.0
    low, high = np.minimum(positions[:-1], positions[1:]), np.maximum(positions[:-1], positions[1:])
    # One anywhere in each of as many stretches, so that none of these is left out.
    starts = np.linspace(0, len(low), SAMPLED, endpoint=False)
    chosen = (starts + np.array([_chance.random() for _ in starts]) * len(low) / SAMPLED).astype(np.intp)
    found = 0
    for part in np.array_split(chosen, SAMPLED // AT_A_TIME):
        overlap = np.ones((len(part), len(low)), np.bool_)
        for axis in (0, 1):
            overlap &= low[None, :, axis] <= high[part, None, axis]
            overlap &= high[None, :, axis] >= low[part, None, axis]
        found += int(overlap.sum())
    return found / SAMPLED * len(low) / 2
