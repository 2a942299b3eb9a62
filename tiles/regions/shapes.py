"""Read polygons and lines from GeoJSON, check and bound them, and move them into the pixels of an image."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from tiles.errors import InvalidParameter, OutsideBounds, TooLarge, UnsupportedOperation
from tiles.geo.crs import is_geographic, is_same, native_grid, transform_points
from tiles.geo.footprint import is_valid
from tiles.geo.georeference import AnyReference, PixelReference
from tiles.geo.grids import Box, Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.regions.zonal_coverage import oriented_rings
from tiles.sources.protocol import Source

Floats = npt.NDArray[np.float64]
POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString",)
# An edge that is straight in one system bends in another: it is followed at so many points across the polygon's extent.
PIECES_PER_EXTENT = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """Hold a geometry in two dimensions and the Feature that brought it."""

    geometry: BaseGeometry
    feature: dict[str, Any]


def parse_shapes(
    body: bytes, *, kinds: Sequence[str] = POLYGONS, limits: Limits = DEFAULT_LIMITS
) -> tuple[list[Shape], bool]:
    """Read the shapes of a GeoJSON geometry, Feature or FeatureCollection; also return whether it was a collection.

    Raises InvalidParameter, saying which feature is wrong and how; TooLarge.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidParameter(f"The body must be GeoJSON: {error}") from None
    kind = document.get("type") if isinstance(document, dict) else None
    if kind != "FeatureCollection":
        return [_shape(document, "The geometry", kinds=kinds, limits=limits)], False
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise InvalidParameter("A FeatureCollection must have features")
    if len(features) > limits.features:
        raise TooLarge(f"The collection has {len(features):,} features; the limit is {limits.features:,}")
    found: list[Shape] = []
    vertices = 0
    for number, one in enumerate(features):
        # Each is checked by GEOS: what is too much together must not wait for the last.
        found.append(_shape(one, f"Feature {number}", kinds=kinds, limits=limits))
        vertices += int(shapely.get_num_coordinates(found[-1].geometry))
        _check_vertices(vertices, limits)
    return found, True


def _shape(document: Any, what: str, *, kinds: Sequence[str], limits: Limits) -> Shape:
    if not isinstance(document, dict):
        raise InvalidParameter(f"{what} must be an object of GeoJSON")
    is_feature = document.get("type") == "Feature"
    geometry = document.get("geometry") if is_feature else document
    if not isinstance(geometry, dict) or geometry.get("type") not in kinds:
        raise InvalidParameter(f"{what} must be a {' or '.join(kinds)}")
    try:
        shape = shapely.force_2d(shapely.from_geojson(orjson.dumps(geometry)))
    except shapely.errors.GEOSException as error:
        raise InvalidParameter(f"{what} is no {geometry['type']}: {str(error).partition(': ')[2] or error}") from None
    if shape is None or shape.is_empty:
        raise InvalidParameter(f"{what} is empty")
    _check_vertices(int(shapely.get_num_coordinates(shape)), limits)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise InvalidParameter(f"{what} has coordinates that are not finite")
    # Not repaired: mending a star of many points costs more than any image, and whose area would it be?
    if not is_valid(shape):
        raise InvalidParameter(f"{what} is not valid: {shapely.is_valid_reason(shape)}")
    properties = document.get("properties") if is_feature else None
    feature = dict(document) if is_feature else {"type": "Feature", "geometry": document}
    return Shape(shape, feature | {"properties": dict(properties) if isinstance(properties, dict) else {}})


def _check_vertices(count: int, limits: Limits) -> None:
    if count > limits.vertices:
        raise TooLarge(f"The geometry has {count:,} vertices; the limit is {limits.vertices:,}")


def pixel_rings(shape: BaseGeometry, source: Source, crs: Grid, *, limits: Limits = DEFAULT_LIMITS) -> list[Floats]:
    """Return a polygon's rings in the pixels of an image, outer ones with positive area and holes with negative.

    Raises UnsupportedOperation for an image without a place on Earth, OutsideBounds where the image's own system has
    no coordinates for the polygon, TooLarge.
    """
    reference = shape_reference(source, crs)
    shape = within_world(shape, crs)
    if not _bends(source, crs):
        return _map_rings(shape, reference)
    return _map_rings(followed(shape, limits=limits), reference)


def shape_reference(source: Source, crs: Grid) -> AnyReference:
    """Return the way from coordinates of ``crs`` to pixels. Raises UnsupportedOperation."""
    if crs.is_pixels:
        return PixelReference(source.width, source.height)
    if not source.is_geospatial:
        raise UnsupportedOperation("This image has no place on Earth: give coordinates as pixels (coord_crs=pixels)")
    return source.reference(crs)


def _bends(source: Source, crs: Grid) -> bool:
    if crs.is_pixels or not source.is_geospatial:
        return False
    return not source.wkt or not is_same(native_grid(source.wkt), crs)


def followed(shape: BaseGeometry, *, limits: Limits) -> BaseGeometry:
    """Return the shape with points along its edges. Raises TooLarge for one that would have too many."""
    west, south, east, north = shape.bounds
    step = max(east - west, north - south) / PIECES_PER_EXTENT
    if step <= 0:
        return shape
    points = shape.length / step
    if points > 2 * limits.vertices:
        raise TooLarge(f"The polygon's edges are {points / PIECES_PER_EXTENT:,.0f} times as long as its extent")
    return shapely.segmentize(shape, step)


def within_world(shape: BaseGeometry, crs: Grid) -> BaseGeometry:
    """Return the shape with its x within half a period of 0: a polygon across the antimeridian is cut there."""
    west, south, east, north = shape.bounds
    half = crs.period / 2
    if not half or (west >= -half and east <= half):
        return shape
    if west < -3 * half or east > 3 * half:
        ends = "Longitudes must be within ±540 degrees"
        raise InvalidParameter(ends if is_geographic(crs) else "The polygon goes more than once round the Earth")
    parts: list[Any] = []
    for turn in (-crs.period, 0, crs.period):
        part = shapely.intersection(shape, shapely.box(turn - half, south, turn + half, north))
        parts += [translate(one, -turn) for one in shapely.get_parts(part) if one.area]
    return shapely.MultiPolygon(parts)


def _map_rings(shape: BaseGeometry, reference: AnyReference) -> list[Floats]:
    def to_pixels(points: Floats) -> Floats:
        x, y = reference.to_pixels(points[:, 0], points[:, 1])
        return np.stack([x, y], axis=1)

    rings = [_unwrapped(ring, reference) for ring in _rings(shape, to_pixels)]
    return [turned for ring in rings for turned in _turned(ring, reference)]


def _rings(shape: BaseGeometry, moved: Callable[[Floats], Floats]) -> list[Floats]:
    """Return all rings, their points moved, oriented. Raises OutsideBounds for points that have no counterpart."""
    rings, holes = [], []
    for polygon in shapely.get_parts(shape):
        rings += [polygon.exterior, *polygon.interiors]
        holes += [False] + [True] * len(polygon.interiors)
    points = moved(shapely.get_coordinates(rings))
    if not np.isfinite(points).all():
        raise OutsideBounds("The polygon reaches beyond where the coordinate system has coordinates")
    ends = np.cumsum([0, *shapely.get_num_coordinates(rings)])
    return oriented_rings([points[a:b] for a, b in pairwise(ends)], hole=holes)


def _unwrapped(ring: Floats, reference: AnyReference) -> Floats:
    if reference.period_pixels:
        ring = np.stack([np.unwrap(ring[:, 0], period=reference.period_pixels), ring[:, 1]], axis=1)
    return ring


def _turned(ring: Floats, reference: AnyReference) -> list[Floats]:
    """Return the ring moved by each number of whole turns around the Earth that brings it onto the image."""
    period = reference.period_pixels
    if not period:
        return [ring]
    first, last = float(ring[:, 0].min()), float(ring[:, 0].max())
    low, high = int(np.ceil(-last / period)), int(np.floor((reference.width - first) / period))
    return [np.add(ring, (turn * period, 0)) for turn in range(low, high + 1)]


def shape_box(shape: BaseGeometry, crs: Grid) -> Box:
    """Return west, south, east, north; east is beyond 180 for parts on either side of the antimeridian."""
    west, south, east, north = (float(value) for value in shape.bounds)
    if crs.period and east - west > crs.period / 2:
        parts = [shapely.bounds(part) for part in shapely.get_parts(shape)]
        starts = [(b[0] + crs.period, b[2] + crs.period) if b[2] <= 0 else (b[0], b[2]) for b in parts]
        turned_west, turned_east = min(float(s[0]) for s in starts), max(float(s[1]) for s in starts)
        if turned_east - turned_west < east - west:
            return turned_west, south, turned_east, north
    return west, south, east, north


def area_rings(
    shape: BaseGeometry, source: Source, crs: Grid, *, grid: Grid, area: TileArea, limits: Limits = DEFAULT_LIMITS
) -> list[Floats]:
    """Return a polygon's rings in the pixels of an area of ``grid``. Raises what `pixel_rings` does."""
    if crs.is_pixels and not grid.is_pixels:
        reference = shape_reference(source, grid)
        rings = _rings(followed(shape, limits=limits), lambda xy: np.stack(reference.to_coordinates(*xy.T), axis=1))
    elif is_same(crs, grid):
        rings = _rings(shape, lambda xy: xy)
    else:
        rings = _rings(followed(within_world(shape, crs), limits=limits), transform_points(crs, grid))
    turns = (-1, 0, 1) if grid.period else (0,)
    places = [np.add(ring, (turn * grid.period, 0)) for ring in rings for turn in turns]
    west, _, east, _ = area.box
    near = [ring for ring in places if ring[:, 0].min() < east and ring[:, 0].max() > west]
    return [(ring - (area.x0, area.y0)) / (area.dx, area.dy) for ring in near]
