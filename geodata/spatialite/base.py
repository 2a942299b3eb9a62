"""The backend ``geodata.spatialite``."""

from .sqlite import use_loadable_sqlite

use_loadable_sqlite()

# SQLite loads SpatiaLite with global symbols, and with it the system's PROJ and GEOS. Wheels that bring their own have
# to be loaded before, or their C++ binds to those, and the process aborts as it ends ("free(): invalid pointer").
import pyproj  # noqa: E402, F401
import shapely  # noqa: E402

# After the swap: these import sqlite3.
from django.contrib.gis.db.backends.spatialite import base  # noqa: E402
from django.contrib.gis.db.backends.spatialite.adapter import SpatiaLiteAdapter  # noqa: E402
from django.contrib.gis.db.backends.spatialite.operations import SpatiaLiteOperations  # noqa: E402
from django.contrib.gis.geos import GEOSGeometry  # noqa: E402

# SpatiaLite 5.0 makes these for ISO metadata, which nobody here writes. They name a view's `rowid`, which SQLite
# since 3.45 refuses as soon as any table is renamed, and Django renames tables to alter them.
BROKEN_TRIGGERS = ("ISO_metadata_reference_row_id_value_insert", "ISO_metadata_reference_row_id_value_update")


# Enough for every double down to 1e-7 degrees, a centimetre; the default of 16 is not.
DECIMALS = 24


class ExactAdapter(SpatiaLiteAdapter):
    """Geometries as text with every digit: Django rounds, so what is read would not be what was written."""

    def __init__(self, geom: GEOSGeometry) -> None:
        self.wkt = shapely.to_wkt(shapely.from_wkb(bytes(geom.wkb)), rounding_precision=DECIMALS)
        self.srid = geom.srid


class Operations(SpatiaLiteOperations):
    Adapter = ExactAdapter


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = Operations

    def prepare_database(self) -> None:
        super().prepare_database()
        with self.cursor() as cursor:
            for trigger in BROKEN_TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
