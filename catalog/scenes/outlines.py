"""Find where in its rectangle a satellite's image lies: by the pixels that have values."""

from typing import Any

import numpy as np
import shapely
from osgeo import gdal, osr

# Pixels a side of the reduced mask, and how far from its hull a corner may lie, in these pixels.
SIDE = 512
TOLERANCE = 1.5


def valid_outline(dataset: Any) -> dict[str, Any] | None:
    """Return the hull of a raster's valid pixels in longitude and latitude.

    None where all are valid, or none is, or the raster isn't placed by an affine transform.
    """
    band, srs = dataset.GetRasterBand(1), dataset.GetSpatialRef()
    if srs is None or band.GetMaskFlags() & gdal.GMF_ALL_VALID:
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
    x0, dx, rx, y0, ry, dy = dataset.GetGeoTransform()
    xs, ys = x0 + corners @ (dx, rx), y0 + corners @ (ry, dy)
    degrees = osr.SpatialReference()
    degrees.ImportFromEPSG(4326)
    for each in (degrees, srs):
        each.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    points = osr.CoordinateTransformation(srs, degrees).TransformPoints(np.column_stack([xs, ys]).tolist())
    return {"type": "Polygon", "coordinates": [[[round(x, 6), round(y, 6)] for x, y, *_ in points]]}
