"""Footprints of documents: checked as they come in, exact as they go out."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import orjson
import shapely
from django.contrib.gis.geos import GEOSGeometry
from shapely.geometry.base import BaseGeometry

from catalog.documents.mending import ROUNDED, Mending, mend_geometry, mend_rings
from catalog.errors import InvalidDocument
from tiles.errors import TooLarge
from tiles.geo.footprint import is_valid

SRID = 4326
MAX_LONGITUDE, MAX_LATITUDE = 180 + ROUNDED, 90 + ROUNDED
# Positions of one footprint. Every search near it compares with all of them.
MAX_VERTICES = 100_000
# What is read for many documents at once: outlines whose check takes no time to speak of.
PLAIN_TYPES = {"Point": shapely.GeometryType.POINT, "Polygon": shapely.GeometryType.POLYGON}
PLAIN_VERTICES = 100


def mended_footprint(document: object, mending: Mending, *, name: str = "geometry") -> Any:
    """Return a footprint's GeoJSON as it may be kept: the very document, unless something of it is mended."""
    if document is None:
        return None
    geometry = read_geometry(document, name=name)
    mended = mend_geometry(geometry, mending, path=name)
    # What takes too long to check is refused later.
    with suppress(TooLarge):
        if mending.handling.mends_rings and not is_valid(mended):
            mended = mend_rings(mended, mending, path=name)
    return document if mended is geometry else orjson.loads(shapely.to_geojson(mended))


def read_plain_footprints(documents: Sequence[object]) -> list[bytes | None]:
    """Return the WKB of geometries that are valid as they are, all read at once; None of those to look at closely.

    A plain one is a point or a polygon within the world, of few positions without heights, that `mended_footprint`
    would leave alone and `read_footprint` would take.
    """
    kinds = [PLAIN_TYPES.get(_plain_type(each), -1) for each in documents]
    texts = [_text(each) if kind >= 0 else None for each, kind in zip(documents, kinds, strict=True)]
    shapes = shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore")
    bounds = shapely.bounds(shapes)
    positions = shapely.get_num_coordinates(shapes)
    is_plain = (shapely.get_type_id(shapes) == kinds) & (positions > 0) & (positions <= PLAIN_VERTICES)
    is_plain &= ~shapely.has_z(shapes)
    # Comparisons with what is no number are false.
    is_plain &= (np.abs(bounds[:, ::2]) <= 180).all(axis=1) & (np.abs(bounds[:, 1::2]) <= 90).all(axis=1)
    shapes[~is_plain] = None
    shapes[~shapely.is_valid(shapes)] = None
    return list(shapely.to_wkb(shapes))


def _text(document: object) -> bytes | None:
    with suppress(TypeError):
        return orjson.dumps(document)
    # Nested too deep, or of what JSON has not.
    return None


def _plain_type(document: object) -> Any:
    """Return the type of a geometry of which nothing else is to be kept."""
    kind = document.get("type") if isinstance(document, dict) and document.keys() == {"type", "coordinates"} else None
    return kind if isinstance(kind, str) else None


def read_footprint(document: object, *, name: str = "geometry") -> GEOSGeometry | None:
    """Read the geometry of a GeoJSON member, without its heights, which `unstored_geometry` keeps; None for null.

    Raises InvalidDocument for what is not GeoJSON, lies outside ±180, ±90 degrees, or is not valid (crosses itself).
    """
    if document is None:
        return None
    geometry = read_geometry(document, name=name, valid=True)
    check_degrees(geometry.bounds, name=name)
    return as_stored(geometry)


def read_geometry(document: object, *, name: str, most: int = MAX_VERTICES, valid: bool = False) -> BaseGeometry:
    """Read a GeoJSON geometry that has positions, in finite numbers and not too many; if ``valid``, not across itself.

    Raises InvalidDocument, also where to find that out would take long.
    """
    if not isinstance(document, dict):
        raise InvalidDocument(f"{name}: give a GeoJSON geometry, or null.")
    try:
        geometry: BaseGeometry | None = shapely.from_geojson(orjson.dumps(document))
    except (shapely.errors.ShapelyError, ValueError, TypeError) as error:
        raise InvalidDocument(f"{name}: not a GeoJSON geometry: {error}") from None
    # The reader takes whole Features too.
    if geometry is None or geometry.geom_type != document.get("type"):
        raise InvalidDocument(f"{name}.type: {document.get('type')!r} is not a type of GeoJSON geometry.")
    if geometry.is_empty:
        raise InvalidDocument(f"{name}: has no position; imagery that lies nowhere has null.")
    parts = shapely.get_parts(geometry)
    if shapely.is_empty(parts).any() or (shapely.get_type_id(parts) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        # SpatiaLite would take such a geometry for none.
        raise InvalidDocument(f"{name}: has a part without positions, or a collection in a collection.")
    if shapely.get_num_coordinates(geometry) > most:
        raise InvalidDocument(f"{name}: has more than {most} positions.")
    if not all(map(math.isfinite, geometry.bounds)):
        raise InvalidDocument(f"{name}: has a position that is not two finite numbers.")
    try:
        if valid and not is_valid(geometry):
            raise InvalidDocument(f"{name}: is not valid: {shapely.is_valid_reason(geometry)}.")
    except TooLarge as error:
        raise InvalidDocument(f"{name}: {error.message}.") from None
    return geometry


def as_stored(geometry: shapely.Geometry) -> GEOSGeometry:
    """Return the geometry in degrees and without heights, as footprints are kept and compared."""
    return of_wkb(shapely.to_wkb(geometry, output_dimension=2))


def of_wkb(wkb: bytes) -> GEOSGeometry:
    """Return the geometry of a stored footprint's WKB."""
    return GEOSGeometry(memoryview(wkb), srid=SRID)


def unstored_geometry(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the valid GeoJSON geometry itself where its column won't give all of it back; else None.

    The column has two dimensions and no foreign members, and SpatiaLite sorts collections.
    """
    if document is None:
        return None
    collected = document["type"] == "GeometryCollection"
    if collected or document.keys() > {"type", "coordinates"} or not _is_flat(document["coordinates"]):
        return dict(document)
    return None


def _is_flat(coordinates: Sequence[Any]) -> bool:
    """Return whether no position has a height."""
    if coordinates and isinstance(coordinates[0], list):
        return all(map(_is_flat, coordinates))
    return len(coordinates) <= 2


def check_bbox(bbox: Sequence[float] | None, *, name: str = "bbox") -> None:
    """Raise InvalidDocument for a box outside the world or upside down; west > east crosses the antimeridian."""
    if bbox is None:
        return
    west, south, east, north = flat_bbox(bbox)
    check_degrees((west, south, east, north), name=name)
    if south > north or (len(bbox) == 6 and bbox[2] > bbox[5]):
        raise InvalidDocument(f"{name}: south must not exceed north, nor the lower height the upper.")


def check_degrees(bounds: Sequence[float], *, name: str) -> None:
    west, south, east, north = bounds
    if max(abs(west), abs(east)) > MAX_LONGITUDE or max(abs(south), abs(north)) > MAX_LATITUDE:
        shown = ", ".join(f"{number:.12g}" for number in bounds)
        raise InvalidDocument(f"{name}: lies outside ±180, ±90 degrees: {shown}.")


def flat_bbox(bbox: Sequence[float]) -> list[float]:
    """Return `[west, south, east, north]` of a box that may have heights."""
    half = len(bbox) // 2
    return [bbox[0], bbox[1], bbox[half], bbox[half + 1]]


def merge_bboxes(first: Sequence[float] | None, second: Sequence[float] | None) -> list[float] | None:
    """Return the smallest [west, south, east, north] around both; west > east where it crosses the antimeridian."""
    if not first or not second:
        chosen = first or second
        return list(chosen) if chosen else None
    if first[0] <= second[0] <= second[2] <= first[2] and first[1] <= second[1] <= second[3] <= first[3]:
        # Most items lie within what their collection spans already.
        return list(first)
    south, north = min(first[1], second[1]), max(first[3], second[3])
    west, east = -180.0, 180.0
    for start in (first[0], second[0]):
        for end in (first[2], second[2]):
            holds_both = _contains(start, end, first[0], first[2]) and _contains(start, end, second[0], second[2])
            if holds_both and _width(start, end) < _width(west, east):
                west, east = start, end
    return [west, south, east, north]


def _width(west: float, east: float) -> float:
    return east - west if east >= west else east - west + 360


def _contains(west: float, east: float, inner_west: float, inner_east: float) -> bool:
    """Return whether going east from `west` to `east` passes all of the inner interval."""
    offset = (inner_west - west) % 360
    return offset + _width(inner_west, inner_east) <= _width(west, east) + 1e-9


def footprint_texts(footprints: Sequence[bytes | memoryview | None]) -> list[str | None]:
    """Return the GeoJSON of stored footprints, given as WKB, with every digit; None for what lies nowhere."""
    # OGR's writer, which GeoDjango uses, rounds.
    shapes = shapely.from_wkb([None if each is None else bytes(each) for each in footprints])
    return list(shapely.to_geojson(shapes))


def footprint_document(footprint: GEOSGeometry | None, *, extra: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the GeoJSON of a stored footprint as it was written; `extra` is what no column holds."""
    kept: dict[str, Any] | None = extra.get("geometry")
    (text,) = footprint_texts([None if footprint is None else footprint.wkb])
    return kept if kept is not None or text is None else orjson.loads(text)
