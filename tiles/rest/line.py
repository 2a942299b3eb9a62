"""The line that a request draws: as a parameter, or as a body."""

from rest_framework.request import Request
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter
from tiles.geo.grids import Grid
from tiles.regions.profile import Line, sample_line
from tiles.regions.shapes import LINES, parse_shapes
from tiles.rest import parameters as p
from tiles.rest import query as q
from tiles.rest.body import read_body

DEFAULT_SAMPLES = 256
POSTED_LINE = [p.SAMPLES, p.COORD_CRS]
LINE = [p.parameter("line", p.STR, "x,y of each vertex, one after the other.", "-77,39.7,-76.9,39.8"), *POSTED_LINE]


def requested_line(request: Request) -> tuple[Line, Grid]:
    """Points along the line, and the system that their coordinates are of. Raises InvalidParameter, TooLarge."""
    query, limits = request.query_params, tiles_settings().limits
    system = q.crs(query, "coord_crs")
    samples = q.integer(query, "samples", low=2, high=limits.profile_samples, default=DEFAULT_SAMPLES)
    geometry = _posted(request) if request.method == "POST" else _drawn(request)
    return sample_line(geometry, system, samples=samples), system


def _posted(request: Request) -> BaseGeometry:
    limits = tiles_settings().limits
    shapes, is_collection = parse_shapes(read_body(request, limits=limits), kinds=LINES, limits=limits)
    if is_collection:
        raise InvalidParameter("Post one line: a LineString, or a Feature with one")
    return shapes[0].geometry


def _drawn(request: Request) -> BaseGeometry:
    ordinates = q.numbers(request.query_params, "line", most=2 * tiles_settings().limits.profile_samples)
    if len(ordinates) < 4 or len(ordinates) % 2:
        raise InvalidParameter("line must be x,y of two vertices or more, one after the other")
    return LineString(list(zip(ordinates[::2], ordinates[1::2], strict=True)))
