"""The check of migrations finds what would lock a large table, or fail code that still runs, and nothing else."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_migrations.py"
problems_of = runpy.run_path(str(SCRIPT))["problems_of"]

INDEX = models.Index(fields=["name"], name="by_name")
CONSTRAINT = models.UniqueConstraint(fields=["name"], name="one_name")
NEW = migrations.CreateModel("Fresh", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())])


def found(*operations: migrations.operations.base.Operation, **attributes: object) -> list[str]:
    """Return what is wrong with a migration of these operations, upon a table that has rows."""
    state = ProjectState()
    fields: dict[str, Any] = {
        "id": models.BigAutoField(primary_key=True),
        "name": models.CharField(max_length=9, null=True),
    }
    state.add_model(ModelState("catalog", "Thing", fields))
    migration = type("Migration", (migrations.Migration,), {"operations": operations, **attributes})("1", "catalog")
    return list(problems_of(migration, state))


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("Thing", "name"),
        migrations.RenameField("Thing", "name", "title"),
        migrations.RenameModel("Thing", "Object"),
        migrations.DeleteModel("Thing"),
        migrations.AddField("Thing", "size", models.IntegerField(default=0)),
        migrations.AlterField("Thing", "name", models.CharField(max_length=9)),
        migrations.AlterField("Thing", "name", models.JSONField(null=True)),
        migrations.AddIndex("Thing", INDEX),
        migrations.AddConstraint("Thing", CONSTRAINT),
        migrations.RunSQL("VACUUM"),
    ],
    ids=lambda each: each.describe(),
)
def test_check_migrations_unsafe_operation_is_told_unless_it_says_why(operation):
    [problem] = found(operation)
    name = type(operation).__name__
    assert problem.startswith(f"{name} (")
    assert found(operation, why_safe={name: "Nothing reads it since the last release."}) == []


@pytest.mark.parametrize(
    "operations",
    [
        [migrations.AddField("Thing", "size", models.IntegerField(null=True))],
        [migrations.AddField("Thing", "size", models.IntegerField(db_default=0))],
        [migrations.AlterField("Thing", "name", models.CharField(max_length=20, null=True))],
        [NEW, migrations.AddIndex("Fresh", INDEX), migrations.AddConstraint("Fresh", CONSTRAINT)],
        [migrations.RunPython(migrations.RunPython.noop)],
    ],
)
def test_check_migrations_safe_operations_pass(operations):
    assert found(*operations) == []


def test_check_migrations_rows_beside_tables_are_told():
    field = migrations.AddField("Thing", "size", models.IntegerField(null=True))
    [problem] = found(field, migrations.RunPython(migrations.RunPython.noop))
    assert problem.startswith("RunPython beside changes of tables")
