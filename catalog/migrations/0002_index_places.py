from typing import Any

from django.db import migrations


def index_places(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """The R-tree of databases that were made when altering a table left it without its triggers."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("SELECT DisableSpatialIndex('catalog_item', 'geometry')")
        schema_editor.execute("DROP TABLE IF EXISTS idx_catalog_item_geometry")
        schema_editor.execute("SELECT CreateSpatialIndex('catalog_item', 'geometry')")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(index_places, migrations.RunPython.noop)]
