"""Geometries as they leave: GeoJSON members of documents."""

from typing import Any

import orjson
import shapely
from django.contrib.gis.geos import GEOSGeometry


def geometry_document(geometry: GEOSGeometry | None) -> dict[str, Any] | None:
    """GeoJSON of a stored geometry, with every digit it has (OGR's writer, which GeoDjango uses, rounds)."""
    if geometry is None:
        return None
    document: dict[str, Any] = orjson.loads(shapely.to_geojson(shapely.from_wkb(bytes(geometry.wkb))))
    return document
