"""Read values along a line, at equal distances, with the metres from its start."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from tiles.errors import InvalidParameter
from tiles.geo.crs import to_degrees
from tiles.geo.georeference import Floats
from tiles.geo.grids import Grid
from tiles.geo.longitudes import unwrapped, wrapped
from tiles.regions.points import layer_values, point_layers
from tiles.regions.values import Layer
from tiles.sources.protocol import Source
from tiles.styling.style import Style

EARTH = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Line:
    """Hold points (count, 2) and how far along the line each is, in metres; in pixel space in pixels."""

    points: Floats
    distances: Floats


def sample_line(geometry: BaseGeometry, crs: Grid, *, samples: int) -> Line:
    """Return ``samples`` points from the line's start to its end, equally far from each other along it.

    Distances are geodesic between the line's vertices on WGS84; between them positions are linear in ``crs``. Raises
    InvalidParameter for a line without length, or beyond where ``crs`` has coordinates.
    """
    vertices = shapely.get_coordinates(geometry)
    # As distances are, the short way round.
    vertices[:, 0] = unwrapped(vertices[:, 0], crs.period)
    ends = np.concatenate([[0.0], np.cumsum(_lengths(vertices, crs))])
    if not (np.isfinite(ends).all() and ends[-1] > 0):
        raise InvalidParameter("The line must have a length, within the bounds of its coordinate system")
    distances = np.linspace(0, ends[-1], samples)
    points = np.stack([np.interp(distances, ends, vertices[:, axis]) for axis in (0, 1)], axis=1)
    if crs.period:
        points[:, 0] = wrapped(points[:, 0], crs.period)
    return Line(points, distances)


def _lengths(vertices: Floats, crs: Grid) -> Floats:
    if crs.is_pixels:
        return np.asarray(np.hypot(*np.diff(vertices, axis=0).T))
    degrees = to_degrees(vertices, crs)
    if not np.isfinite(degrees).all() or np.abs(degrees[:, 1]).max() > 90:
        return np.full(len(vertices) - 1, np.nan)
    _, _, metres = EARTH.inv(degrees[:-1, 0], degrees[:-1, 1], degrees[1:, 0], degrees[1:, 1])
    return np.asarray(metres)


def line_profile(sources: Sequence[Source], line: Line, crs: Grid, *, style: Style) -> dict[str, Any]:
    """Return distances, coordinates and each band's values as a document; None off the image. Raises OutsideBounds."""
    layers = point_layers(sources, line.points[:, 0], line.points[:, 1], crs=crs, style=style)
    return describe_profile(line, crs, layers)


def describe_profile(line: Line, crs: Grid, layers: Sequence[Layer]) -> dict[str, Any]:
    """Return the line's distances and coordinates with ``layers``, flat ones of its points, as a document."""
    return {
        "unit": "pixels" if crs.is_pixels else "metres",
        "length": float(line.distances[-1]),
        "distances": line.distances.tolist(),
        "coordinates": line.points.tolist(),
        "band_names": [layer.name for layer in layers],
        "values": [layer_values(layer) for layer in layers],
    }
