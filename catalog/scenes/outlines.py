"""Find where in its rectangle a satellite's image lies: by the pixels that have values."""

from typing import Any

import numpy as np
import shapely
from osgeo import gdal

from tiles.geo.footprint import to_lonlat
from tiles.geo.grids import WGS84
from tiles.sources.raster import RasterSource

# Pixels a side of the reduced mask, and how far from its hull a corner may lie, in these pixels.
SIDE = 512
TOLERANCE = 1.5


def valid_outline(source: RasterSource) -> dict[str, Any] | None:
    """Return the hull of a raster's valid pixels in longitude and latitude.

    None where all are valid, or none is, or the raster has no coordinate system.
    """
    dataset = source.dataset
    band = dataset.GetRasterBand(1)
    if dataset.GetSpatialRef() is None or band.GetMaskFlags() & gdal.GMF_ALL_VALID:
        return None
    cell = max(1.0, max(dataset.RasterXSize, dataset.RasterYSize) / SIDE)
    width, height = max(1, round(dataset.RasterXSize / cell)), max(1, round(dataset.RasterYSize / cell))
    mask = band.GetMaskBand().ReadAsArray(buf_xsize=width, buf_ysize=height) > 0
    rows = np.flatnonzero(mask.any(axis=1))
    if mask.all() or not len(rows):
        return None
    first, last = mask[rows].argmax(axis=1), width - mask[rows][:, ::-1].argmax(axis=1)
    edges = [np.column_stack([columns, rows + step]) for columns in (first, last) for step in (0, 1)]
    hull = shapely.MultiPoint(np.concatenate(edges).astype(float)).convex_hull.simplify(TOLERANCE)
    if hull.geom_type != "Polygon":
        return None
    corners = shapely.get_coordinates(hull) * (dataset.RasterXSize / width, dataset.RasterYSize / height)
    points = to_lonlat(source.reference(WGS84), corners)
    return {"type": "Polygon", "coordinates": [points.round(6).tolist()]} if np.isfinite(points).all() else None
