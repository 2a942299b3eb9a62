from typing import Any

from django.db import migrations, models

INDEXES = (
    models.Index(name="file_by_verified", fields=["verified", "id"], condition=~models.Q(blob="")),
    models.Index(name="file_by_blob", fields=["blob"], condition=~models.Q(blob="")),
    models.Index(
        name="file_unsound", fields=["collection"], condition=models.Q(verification__in=("differs", "missing"))
    ),
)


def add_indexes(apps: Any, schema_editor: Any) -> None:
    """Add the indexes, on PostgreSQL while others read and write: outside of a transaction, and anew if that broke off."""
    model = apps.get_model("catalog", "ChecksumFile")
    for index in INDEXES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}")
            schema_editor.execute(index.create_sql(model, schema_editor, concurrently=True))
        else:
            schema_editor.execute(index.create_sql(model, schema_editor))


def remove_indexes(apps: Any, schema_editor: Any) -> None:
    for index in INDEXES:
        schema_editor.remove_index(apps.get_model("catalog", "ChecksumFile"), index)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalog", "0016_verification")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddIndex(model_name="checksumfile", index=index) for index in INDEXES],
            database_operations=[migrations.RunPython(add_indexes, remove_indexes)],
        ),
    ]
