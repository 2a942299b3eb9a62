"""Know that longitudes come round: boxes across the antimeridian, their middles and unions, turns that bring x back.

Boxes are *forward* here: their east is greater than their west, beyond the period's end across the antimeridian. In
documents longitudes stay within ±180, and west is greater than east there (RFC 7946, section 5.2).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from osgeo import osr

from tiles.errors import InvalidParameter

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]  # west, south, east, north
# Degrees once round the Earth.
FULL_TURN = 360.0
HALF_TURN = FULL_TURN / 2
# A quarter of the way round on the equator, and at a latitude at which only a cylinder's meridians are as far apart.
QUARTER, PARALLEL = 90.0, 60.0
# Of that quarter: what two of its measurements may differ by, and the false easting that is none.
ALIKE = 1e-6
# Part of a box that may lie across the antimeridian without its being said to.
SLIVER_ACROSS = 0.01


class Periodic(Protocol):
    """Stand for a coordinate system."""

    @property
    def period(self) -> float:
        """Return the units after which x comes round to the same meridian; 0 if it doesn't."""


@lru_cache(maxsize=256)
def find_period(crs: str) -> float:
    """Return the units after which x comes round to the same meridian; 0 in systems where it doesn't.

    That is 360 of degrees, and of a cylindrical projection, whichever it is, the way round its equator. ``crs``:
    anything that PROJ understands. Raises RuntimeError.
    """
    srs = osr.SpatialReference()
    srs.SetFromUserInput(crs)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    if srs.IsGeographic():
        return float(2 * np.pi / srs.GetAngularUnits())
    return _cylinder(srs) if srs.IsProjected() else 0.0


def _cylinder(srs: Any) -> float:
    middle = srs.GetNormProjParm("central_meridian", srs.GetNormProjParm("longitude_of_center", 0.0))
    base = srs.CloneGeogCS()
    base.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    places = [(middle + step * QUARTER, latitude) for latitude in (0.0, PARALLEL) for step in (-1, 0, 1)]
    try:
        found = np.array(osr.CoordinateTransformation(base, srs).TransformPoints(places))[:, 0].reshape(2, 3)
    except RuntimeError:
        return 0.0
    steps = np.diff(found, axis=1)
    quarter = float(steps[0, 0])
    is_cylinder = np.isfinite(found).all() and quarter > 0 and np.abs(steps - quarter).max() < ALIKE * quarter
    # Elsewhere than around 0, the seam would lie elsewhere than half a period from it.
    return 4 * quarter if is_cylinder and np.abs(found[:, 1]).max() < ALIKE * quarter else 0.0


def wrapped(longitudes: Floats, period: float = FULL_TURN) -> Floats:
    """Return longitudes, or another x of that period, within half a period of 0; those that are stay as they are."""
    half = period / 2
    return np.where(np.abs(longitudes) > half, (longitudes + half) % period - half, longitudes)


def unwrapped(x: Floats, period: float) -> Floats:
    """Return the x of points along a line so that each is reached the short way round; as they are without a period."""
    return np.unwrap(x, period=period) if period else x


def forward_box(box: Box, crs: Periodic) -> Box:
    """Return the box with its east beyond its west, also across the antimeridian. Raises InvalidParameter."""
    west, south, east, north = box
    if west > east and crs.period:
        east += crs.period
    if not (west < east and south < north):
        raise InvalidParameter("bbox must be west,south,east,north with an extent in both directions")
    in_degrees = crs.period == FULL_TURN
    if in_degrees and not (west >= -3 * HALF_TURN and east <= 3 * HALF_TURN and south >= -90 and north <= 90):
        raise InvalidParameter("bbox must lie within 90 degrees of latitude and not far beyond 180 of longitude")
    if crs.period and east - west > crs.period * 1.001:
        raise InvalidParameter("bbox goes more than once round the Earth")
    return west, south, east, north


def split_box(box: Box, period: float) -> tuple[Box, ...]:
    """Return a forward box as one or two within half a period of 0, in the order from west to east."""
    west, south, east, north = box
    half = period / 2
    if not period or (west >= -half and east <= half):
        return (box,)
    if east - west >= period:
        return ((-half, south, half, north),)
    turn = period * np.floor((west + half) / period)
    west, east = float(west - turn), float(east - turn)
    if east <= half:
        return ((west, south, east, north),)
    return (west, south, half, north), (-half, south, east - period, north)


def flat_box(box: Box) -> Box:
    """Return a forward box in degrees for documents whose boxes may not cross the antimeridian: then all the way round.

    TileJSON's must not (its specification 3.0.0, section 3.5), and clients of WMTS make nothing of one that does.
    What reaches across by no more than pixels of its edge, as elevation models in cells of a degree do, ends there.
    """
    west, south, east, north = box
    parts = split_box(box, FULL_TURN)
    if len(parts) == 1 or west < -HALF_TURN:
        return box if west >= -HALF_TURN and east <= HALF_TURN else (-HALF_TURN, south, HALF_TURN, north)
    least, most = sorted(parts, key=lambda part: part[2] - part[0])
    across = (least[2] - least[0]) / (east - west)
    return most if across < SLIVER_ACROSS else (-HALF_TURN, south, HALF_TURN, north)


def document_box(box: Box) -> Box:
    """Return a forward box in degrees as GeoJSON has it: west is greater than east across the antimeridian."""
    parts = split_box(box, FULL_TURN)
    return parts[0][0], box[1], parts[-1][2], box[3]


def middle_of(box: Box) -> tuple[float, float]:
    """Return longitude and latitude of the middle of a forward box in degrees."""
    west, south, east, north = box
    return float(wrapped(np.array((west + east) / 2))), (south + north) / 2


def union_of(boxes: Sequence[Box]) -> Box:
    """Return the narrowest forward box in degrees around boxes, each forward or with its west greater than its east."""
    spans = sorted(
        (wrapped(np.array(west)).item(), east - west + (FULL_TURN if west > east else 0)) for west, _, east, _ in boxes
    )
    south, north = min(box[1] for box in boxes), max(box[3] for box in boxes)
    # Once more, so that the gap behind the last one is looked at too.
    best, reached, first = (-1.0, 0.0), spans[0][0] + spans[0][1], spans[0][0]
    for start, length in [*spans[1:], (first + FULL_TURN, 0.0)]:
        best = max(best, (start - reached, start))
        reached = max(reached, start + length)
    gap, west = best
    if gap <= 0:
        return -HALF_TURN, south, HALF_TURN, north
    west = wrapped(np.array(west)).item()
    west = -HALF_TURN if west == HALF_TURN else west
    return west, south, west + FULL_TURN - gap, north
