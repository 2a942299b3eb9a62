"""Read GeoJSON features that people draw: https://www.rfc-editor.org/rfc/rfc7946."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from catalog.documents.footprints import check_degrees, read_geometry
from catalog.errors import InvalidDocument

# Positions of one drawing, bytes of its other properties, features of one request, and the farthest pixel.
MAX_VERTICES = 20_000
MAX_PROPERTIES_BYTES = 20_000
MAX_FEATURES = 1000
MAX_PIXEL = 1e8
LENGTHS = {"name": 200, "note": 5000, "color": 7}
# What answers tell beside what was written: an answer that is sent back changes none of it.
TOLD = frozenset({"collection", "item", "space", "owner", "created", "updated", "editable"})


@dataclass(frozen=True)
class Drawing:
    """Hold what a feature says; None is what it doesn't say."""

    geometry: dict[str, Any] | None
    bbox: tuple[float, float, float, float] | None
    texts: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Any] | None = None


def features_of(document: object) -> list[Any]:
    """Return a Feature, or those of a FeatureCollection. Raises InvalidDocument for anything else."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "Feature":
        return [document]
    features = document.get("features") if isinstance(document, dict) and kind == "FeatureCollection" else None
    if not isinstance(features, list):
        raise InvalidDocument("type: give a GeoJSON Feature, or a FeatureCollection with its features.")
    if not 0 < len(features) <= MAX_FEATURES:
        raise InvalidDocument(f"features: give 1 to {MAX_FEATURES} of them at once.")
    return features


def read_drawing(feature: object, *, in_pixels: bool, name: str = "feature", whole: bool = True) -> Drawing:
    """Read a Feature whose coordinates are pixels, or degrees. Raises InvalidDocument, naming the member.

    Without ``whole`` its geometry, or its properties, may be left out.
    """
    if not isinstance(feature, dict):
        raise InvalidDocument(f"{name}: give a GeoJSON Feature.")
    geometry, bbox = None, None
    if whole or "geometry" in feature:
        geometry = feature.get("geometry")
        bbox = _box(geometry, in_pixels=in_pixels, name=f"{name}.geometry")
    given = feature.get("properties")
    if given is None:
        return Drawing(geometry, bbox)
    if not isinstance(given, dict):
        raise InvalidDocument(f"{name}.properties: give an object, or null.")
    texts = {key: _text(given[key], key, name=f"{name}.properties") for key in LENGTHS if given.get(key) is not None}
    others = {key: value for key, value in given.items() if key not in TOLD and key not in LENGTHS}
    return Drawing(geometry, bbox, texts, check_properties(others, name=f"{name}.properties"))


def _box(geometry: Any, *, in_pixels: bool, name: str) -> tuple[float, float, float, float]:
    shape = read_geometry(geometry, name=name, most=MAX_VERTICES, valid=True)
    if in_pixels and max(map(abs, shape.bounds)) > MAX_PIXEL:
        raise InvalidDocument(f"{name}: has a position that is no pixel of any image.")
    if not in_pixels:
        check_degrees(shape.bounds, name=name)
    return shape.bounds


def _text(value: object, key: str, *, name: str) -> str:
    if not isinstance(value, str) or len(value) > LENGTHS[key] or "\0" in value:
        raise InvalidDocument(f"{name}.{key}: give a text of at most {LENGTHS[key]:,} characters.")
    return value


def check_properties(properties: dict[str, Any], *, name: str) -> dict[str, Any]:
    """Return properties that are small enough to keep. Raises InvalidDocument."""
    try:
        text = orjson.dumps(properties)
    except TypeError as error:
        raise InvalidDocument(f"{name}: can't be written as JSON: {error}.") from None
    if len(text) > MAX_PROPERTIES_BYTES or b"\\u0000" in text:
        raise InvalidDocument(f"{name}: give at most {MAX_PROPERTIES_BYTES:,} bytes, and no NUL.")
    return properties
