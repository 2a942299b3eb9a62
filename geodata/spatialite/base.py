"""The backend ``geodata.spatialite``."""

from .sqlite import use_loadable_sqlite

use_loadable_sqlite()

from django.contrib.gis.db.backends.spatialite import base  # noqa: E402  After the swap: it imports sqlite3.

# SpatiaLite 5.0 makes these for ISO metadata, which nobody here writes. They name a view's `rowid`, which SQLite
# since 3.45 refuses as soon as any table is renamed, and Django renames tables to alter them.
BROKEN_TRIGGERS = ("ISO_metadata_reference_row_id_value_insert", "ISO_metadata_reference_row_id_value_update")


class DatabaseWrapper(base.DatabaseWrapper):
    def prepare_database(self) -> None:
        super().prepare_database()
        with self.cursor() as cursor:
            for trigger in BROKEN_TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
