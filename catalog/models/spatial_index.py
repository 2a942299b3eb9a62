"""Where items lie, asked by the spatial index on either engine."""

from django.contrib.gis.geos import GEOSGeometry
from django.db import connections
from django.db.models import Q
from django.db.models.expressions import RawSQL

# What SpatiaLite's own functions never look at; PostGIS takes its index for `intersects` by itself.
IN_RTREE = "SELECT pkid FROM idx_catalog_item_geometry WHERE xmin <= %s AND xmax >= %s AND ymin <= %s AND ymax >= %s"
# Rows beyond which it is faster to go through all in the order of the search, which ends as soon as it has enough.
MOST_BY_RTREE = 5000


def meets(place: GEOSGeometry, *, using: str) -> Q:
    """The condition that an item's geometry meets ``place``, in degrees."""
    condition = Q(geometry__intersects=place)
    if connections[using].vendor != "sqlite":
        return condition
    west, south, east, north = place.extent
    box = (east, west, north, south)
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({IN_RTREE} LIMIT {MOST_BY_RTREE + 1})", box)  # noqa: S608 -- constants
        few = cursor.fetchone()[0] <= MOST_BY_RTREE
    return condition & Q(pk__in=RawSQL(IN_RTREE, box)) if few else condition  # noqa: S611 -- a constant
