import logging
from typing import Any

from django.db import Error, migrations

import catalog.models.spatial_index

logger = logging.getLogger(__name__)
INDEX = catalog.models.spatial_index.PlaceTimeIndex(
    fields=["collection", "geometry", "start_datetime", "end_datetime"], name="item_place_and_time"
)


def add_index(apps: Any, schema_editor: Any) -> None:
    """Add the index while others read and write: outside of a transaction, one that was begun before anew."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    except Error as error:
        logger.warning("Without the extension btree_gist items are indexed by place and time alone: %s", error)
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX.name}")
    schema_editor.execute(INDEX.create_sql(apps.get_model("catalog", "Item"), schema_editor, concurrently=True))
    # What the planner knows of the intervals, which are no column.
    schema_editor.execute("ANALYZE catalog_item")


def remove_index(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX.name}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0012_stac_sources")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddIndex(model_name="item", index=INDEX)],
            database_operations=[migrations.RunPython(add_index, remove_index)],
        ),
    ]
