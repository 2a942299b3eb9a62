"""From a raster's pixels to longitude and latitude, and the size of a pixel on the ground."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from osgeo import osr

from catalog.extraction.georeference import Georeference, Points, is_earth, wgs84

ROUND_TRIP_SHARE = 1e-3
"""Of the image's size: how near a point must come back for its longitude and latitude to be believed."""

EARTH_RADIUS = 6_371_008.8
"""Metres, IUGG mean radius."""


@dataclass(frozen=True)
class Projection:
    georeference: Georeference
    forward: Any
    backward: Any

    def lonlat(self, pixels: Points) -> Points:
        """Longitudes and latitudes of (n, 2) pixel positions; NaN where the projection has none."""
        source = self.georeference.to_srs(pixels)
        geographic = bool(self.georeference.srs.IsGeographic())
        if geographic:
            # Grids with pixels centred on the pole reach half a pixel past it.
            source = np.column_stack([source[:, 0], np.clip(source[:, 1], -90, 90)])
        result = transform(self.forward, source)
        if not geographic:
            result[self.returns_elsewhere(source, result)] = np.nan
        return result

    def returns_elsewhere(self, source: Points, lonlat: Points) -> Any:
        """Which points don't come back: outside a projection's domain some inverses answer with nonsense."""
        with np.errstate(invalid="ignore"):
            distance = np.hypot(*(transform(self.backward, lonlat) - source).T)
        finite = source[np.isfinite(source).all(axis=1)]
        extent = float(np.ptp(finite, axis=0).max()) if len(finite) > 1 else math.inf
        return ~(distance <= max(ROUND_TRIP_SHARE * extent, 1.0))


def projection_of(georeference: Georeference) -> Projection | None:
    """None for reference systems that have no way to longitude and latitude on Earth."""
    if not is_earth(georeference.srs):
        return None
    try:
        forward = osr.CoordinateTransformation(georeference.srs, wgs84())
        backward = osr.CoordinateTransformation(wgs84(), georeference.srs)
    except RuntimeError:
        return None
    return Projection(georeference, forward, backward)


def transform(transformation: Any, points: Points) -> Points:
    """(n, 2) points through an `osr.CoordinateTransformation`; NaN where it fails."""
    result = np.full(points.shape, np.nan)
    usable = np.isfinite(points).all(axis=1)
    if usable.any():
        try:
            mapped = np.array(transformation.TransformPoints(points[usable].tolist()), dtype=np.float64)[:, :2]
        except RuntimeError:
            return one_by_one(transformation, points)
        mapped[~np.isfinite(mapped).all(axis=1)] = np.nan
        result[usable] = mapped
    return result


def one_by_one(transformation: Any, points: Points) -> Points:
    """As `transform`, for versions of GDAL that raise for the whole array when one of its points fails."""
    result = np.full(points.shape, np.nan)
    for number, (x, y) in enumerate(points.tolist()):
        try:
            result[number] = transformation.TransformPoint(x, y)[:2]
        except RuntimeError:
            continue
    result[~np.isfinite(result).all(axis=1)] = np.nan
    return result


def ground_sample_distance(georeference: Georeference, *, width: int, height: int) -> float | None:
    """Metres between neighbouring pixels at the image's centre, to four digits.

    Exact for projections in linear units, where the file's own number is what people look for. Mercator's, geographic
    and modelled ones are measured on a sphere (haversine), since their pixels differ from place to place.
    """
    srs, geotransform = georeference.srs, georeference.geotransform
    if geotransform and srs.IsProjected() and "Mercator_" not in (srs.GetAttrValue("PROJECTION") or ""):
        _, dx, rx, _, ry, dy = geotransform
        return four_digits(math.sqrt(abs(dx * dy - rx * ry)) * srs.GetLinearUnits())
    projection = projection_of(georeference)
    if projection is None:
        return None
    x, y = width / 2, height / 2
    step_x, step_y = min(1.0, width / 2), min(1.0, height / 2)
    here, right, down = projection.lonlat(np.array([[x, y], [x + step_x, y], [x, y + step_y]]))
    area = haversine(here, right) / step_x * haversine(here, down) / step_y
    return four_digits(math.sqrt(area)) if math.isfinite(area) and area > 0 else None


def haversine(a: Points, b: Points) -> float:
    """Metres between two (longitude, latitude) in degrees, on the mean sphere."""
    (lon_a, lat_a), (lon_b, lat_b) = np.radians(a), np.radians(b)
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(half))


def four_digits(value: float) -> float:
    return float(f"{value:.4g}")
