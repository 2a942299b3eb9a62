"""The backend ``geodata.spatialite``."""

from geodata.spatialite.sqlite import use_loadable_sqlite

use_loadable_sqlite()

# SQLite loads SpatiaLite with global symbols, and with it the system's PROJ, GEOS and what libtiff takes: libjpeg and
# libwebp. Wheels that bring their own have to be loaded before, or they bind to those: C++ aborts as the process ends
# ("free(): invalid pointer"), and Pillow writes WebP by functions of two versions of libwebp.
import PIL.WebPImagePlugin  # noqa: E402, F401
import pyproj  # noqa: E402, F401
import shapely  # noqa: E402

# After the swap: these import sqlite3.
from django.contrib.gis.db.backends.spatialite import base  # noqa: E402
from django.contrib.gis.db.backends.spatialite.adapter import SpatiaLiteAdapter  # noqa: E402
from django.contrib.gis.db.backends.spatialite.operations import SpatiaLiteOperations  # noqa: E402
from django.contrib.gis.db.backends.spatialite.schema import SpatialiteSchemaEditor  # noqa: E402
from django.contrib.gis.geos import GEOSGeometry  # noqa: E402
from django.db.models import Model  # noqa: E402

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


class SchemaEditor(SpatialiteSchemaEditor):
    def alter_db_table(self, model: type[Model], old_db_table: str, new_db_table: str) -> None:
        """Rename a table, as altering one ends with on SQLite, and index its geometries again.

        Django discards what SpatiaLite knows of a geometry column and recovers all but the triggers that fill its
        R-tree, which is then left behind, full of what no longer is.
        """
        super().alter_db_table(model, old_db_table, new_db_table)
        for field in model._meta.local_fields:  # noqa: SLF001 -- as Django has it
            if getattr(field, "spatial_index", False):
                self.execute(f"DROP TABLE IF EXISTS {self.quote_name(f'idx_{new_db_table}_{field.column}')}")
                self.execute("SELECT CreateSpatialIndex(%s, %s)", [new_db_table, field.column])


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor
    ops_class = Operations

    def prepare_database(self) -> None:
        super().prepare_database()
        with self.cursor() as cursor:
            for trigger in BROKEN_TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
