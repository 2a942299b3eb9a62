from typing import Any

from django.db import migrations, models
from django.db.models.functions import Coalesce

INDEX = models.Index(Coalesce("datetime", "start_datetime"), name="item_moment")


def add_index(apps: Any, schema_editor: Any) -> None:
    """Add the index, on PostgreSQL while others read and write: outside of a transaction, and anew if that broke off."""
    model = apps.get_model("catalog", "Item")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX.name}")
        schema_editor.execute(INDEX.create_sql(model, schema_editor, concurrently=True))
    else:
        schema_editor.execute(INDEX.create_sql(model, schema_editor))


def remove_index(apps: Any, schema_editor: Any) -> None:
    schema_editor.remove_index(apps.get_model("catalog", "Item"), INDEX)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0021_tallies")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddIndex(model_name="item", index=INDEX)],
            database_operations=[migrations.RunPython(add_index, remove_index)],
        ),
    ]
