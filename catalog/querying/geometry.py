"""Geometries as clients give them to search with."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson
import shapely
from django.contrib.gis.geos import GEOSGeometry

from catalog.conf import limits
from catalog.documents.footprints import MAX_LATITUDE, MAX_LONGITUDE, as_stored
from catalog.errors import InvalidParameter
from tiles.errors import TooLarge
from tiles.geo.footprint import is_valid

# How deep each type's coordinates are nested, positions being 0.
DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
# Collections of collections: RFC 7946 advises against them, real ones don't go deeper.
MAX_COLLECTION_DEPTH = 4


def parse_bbox(value: object, *, name: str = "bbox") -> tuple[GEOSGeometry, ...]:
    """Read the area of `[west, south, east, north]` or `[west, south, low, east, north, high]`, in degrees.

    West may be greater than east: the box then crosses the antimeridian, and is two. Heights are checked only:
    footprints have none.
    """
    numbers = _numbers(value, name=name)
    half = len(numbers) // 2
    (west, south, *low), (east, north, *high) = numbers[:half], numbers[half:]
    if max(abs(west), abs(east)) > MAX_LONGITUDE:
        raise InvalidParameter(name, "longitudes lie between -180 and 180")
    if max(abs(south), abs(north)) > MAX_LATITUDE:
        raise InvalidParameter(name, "latitudes lie between -90 and 90")
    if south > north or low > high:
        raise InvalidParameter(name, "south must not exceed north, nor the lower height the upper")
    if west > east:
        return (_rectangle(west, south, 180.0, north), _rectangle(-180.0, south, east, north))
    return (_rectangle(west, south, east, north),)


def _numbers(value: object, *, name: str) -> list[float]:
    if not isinstance(value, list) or any(isinstance(each, bool | dict | list) or each is None for each in value[:7]):
        raise InvalidParameter(name, "give a list of numbers: west, south, east, north")
    if len(value) not in {4, 6}:
        raise InvalidParameter(name, "give 4 numbers (west,south,east,north) or 6 (with heights)")
    try:
        numbers = [float(each) for each in value]
    except (ValueError, OverflowError) as error:
        raise InvalidParameter(name, f"give numbers: {error}") from error
    if not all(map(math.isfinite, numbers)):
        raise InvalidParameter(name, "give finite numbers")
    return numbers


def _rectangle(west: float, south: float, east: float, north: float) -> GEOSGeometry:
    """Return a polygon; a line or point for a box without width or height, whose polygon would match nothing."""
    if west < east and south < north:
        return as_stored(shapely.box(west, south, east, north))
    corners = {(west, south), (east, north)}
    return as_stored(shapely.LineString(corners) if len(corners) == 2 else shapely.Point(west, south))


def parse_geometry(value: object, *, name: str = "intersects") -> tuple[GEOSGeometry, ...]:
    """Read the parts of a GeoJSON geometry: a collection's members, else the geometry alone.

    Coordinates are degrees, longitude first; heights are dropped. Raises InvalidParameter for what is not GeoJSON,
    lies outside the world, is too large or is not valid (crosses itself, is not closed).
    """
    remaining = limits().max_vertices

    def count(position: object) -> None:
        nonlocal remaining
        remaining -= 1
        if remaining < 0:
            raise InvalidParameter(name, f"a geometry has at most {limits().max_vertices} positions")
        _check_position(position, name=name)

    parts = []
    for part in _parts(value, name=name, visit=count):
        parts.append(as_stored(part))
        if len(parts) > limits().max_areas:
            raise InvalidParameter(name, f"a GeometryCollection has at most {limits().max_areas} parts")
    return tuple(parts)


def count_positions(coordinates: object, *, most: int) -> int:
    """Count the positions of GeoJSON's coordinates, up to ``most`` and one more."""
    waiting, count = [coordinates], 0
    while waiting and count <= most:
        node = waiting.pop()
        if isinstance(node, list) and node and isinstance(node[0], list):
            waiting += node
        else:
            count += 1
    return count


def _parts(value: object, *, name: str, visit: Callable[[object], None], depth: int = 0) -> Iterator[shapely.Geometry]:
    if not isinstance(value, dict):
        raise InvalidParameter(name, "give a GeoJSON geometry: an object with `type` and `coordinates`")
    kind = value.get("type")
    if kind == "GeometryCollection" and depth < MAX_COLLECTION_DEPTH:
        members = value.get("geometries")
        if not isinstance(members, list) or not members:
            raise InvalidParameter(name, "a GeometryCollection has a list of `geometries`")
        for member in members:
            yield from _parts(member, name=name, visit=visit, depth=depth + 1)
        return
    if not isinstance(kind, str) or kind not in DEPTHS:
        raise InvalidParameter(name, f"`type` is one of {', '.join(DEPTHS)}, GeometryCollection")
    _walk(value.get("coordinates"), depth=DEPTHS[kind], name=name, visit=visit)
    yield _valid_shape(value, name=name)


def _walk(coordinates: object, *, depth: int, name: str, visit: Callable[[object], None]) -> None:
    if depth == 0:
        visit(coordinates)
        return
    if not isinstance(coordinates, list) or not coordinates:
        raise InvalidParameter(name, "`coordinates` are not nested as the geometry's type asks")
    for member in coordinates:
        _walk(member, depth=depth - 1, name=name, visit=visit)


def _check_position(position: object, *, name: str) -> None:
    if (
        not isinstance(position, list)
        or len(position) not in {2, 3}
        or not all(isinstance(number, int | float) and not isinstance(number, bool) for number in position)
    ):
        raise InvalidParameter(name, "a position is [longitude, latitude], or with a height as third number")
    longitude, latitude = position[:2]
    if not (abs(longitude) <= MAX_LONGITUDE and abs(latitude) <= MAX_LATITUDE):
        raise InvalidParameter(name, f"the position {_shown(position)} lies outside ±180, ±90 degrees")


def _shown(position: Sequence[float]) -> str:
    return f"[{', '.join(f'{number:g}' for number in position)}]"


def _valid_shape(document: dict[str, Any], *, name: str) -> shapely.Geometry:
    if document["type"] in {"Polygon", "MultiPolygon"}:
        polygons = document["coordinates"] if document["type"] == "MultiPolygon" else [document["coordinates"]]
        if any(len(ring) < 4 or ring[0] != ring[-1] for polygon in polygons for ring in polygon):
            raise InvalidParameter(name, "a polygon's ring has at least 4 positions, and ends where it begins")
    try:
        geometry = shapely.from_geojson(orjson.dumps({key: document[key] for key in ("type", "coordinates")}))
    except shapely.errors.GEOSException as error:
        raise InvalidParameter(name, f"not a geometry: {error}") from error
    try:
        valid = is_valid(geometry)
    except TooLarge as error:
        raise InvalidParameter(name, error.message) from None
    if not valid:
        raise InvalidParameter(name, f"not a valid geometry: {shapely.is_valid_reason(geometry)}")
    return geometry
