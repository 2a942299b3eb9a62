"""Where on Earth a tile lies, in degrees."""

import numpy as np
import shapely
from osgeo import osr

from tiles.grids import Grid, TileArea

# Places along each side at which a tile is looked at, and how far beyond them its edges may bend, as a share of it.
PLACES = 9
MARGIN = 0.05
# Degrees of longitude across which a tile is taken to go round the Earth, and of latitude beyond which it then has
# the pole inside.
ROUND = 180.0
POLAR = 60.0


def geographic_box(grid: Grid, area: TileArea) -> shapely.Polygon:
    """A box that holds the area; some degrees too large where meridians aren't straight lines in the grid."""
    west, south, east, north = area.box
    x, y = np.meshgrid(np.linspace(west, east, PLACES), np.linspace(south, north, PLACES))
    points = np.array(_to_degrees(grid).TransformPoints(np.column_stack([x.ravel(), y.ravel()])))[:, :2]
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return shapely.Polygon.from_bounds(-180.0, -90.0, 180.0, 90.0)
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    margin_x, margin_y = MARGIN * (right - left), MARGIN * (top - bottom)
    if right - left > ROUND:
        left, right = -180.0, 180.0
        bottom, top = -90.0 if bottom < -POLAR else bottom, 90.0 if top > POLAR else top
    return shapely.Polygon.from_bounds(
        max(-180.0, left - margin_x),
        max(-90.0, bottom - margin_y),
        min(180.0, right + margin_x),
        min(90.0, top + margin_y),
    )


def _to_degrees(grid: Grid) -> osr.CoordinateTransformation:
    systems = []
    for text in (grid.crs, "OGC:CRS84"):
        system = osr.SpatialReference()
        system.SetFromUserInput(text)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        systems.append(system)
    return osr.CoordinateTransformation(*systems)
