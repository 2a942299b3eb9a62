"""Check that migrations are safe while the code before them still serves, and on tables with millions of rows.

A restart that rolls migrates first: for minutes old code meets the new database. And PostgreSQL keeps a table from all
who write, or from everybody, for as long as some statements take. A migration that is safe nevertheless says why:
``why_safe = {"AddConstraint": "The table is new in this release."}`` on its class.
"""

import os
import sys
from collections.abc import Iterator

import django
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

APP = "catalog"
# Migrations before this one were made before there were sites that run them under load.
FIRST = "0021"
SCHEMA = (
    *(migrations.AddField, migrations.AlterField, migrations.RemoveField, migrations.CreateModel),
    *(migrations.DeleteModel, migrations.AddIndex, migrations.AddConstraint, migrations.RenameField),
)
GONE = "code that still runs asks for it: stop using it in one release, remove it in the next"
LOCKS = "it keeps writers from the table for as long as it takes"
REASONS: dict[type[Operation], str] = {
    migrations.RemoveField: GONE,
    migrations.DeleteModel: GONE,
    migrations.RenameField: GONE,
    migrations.RenameModel: GONE,
    migrations.AlterModelTable: GONE,
    migrations.RunSQL: "one of the two databases may not have it: use operations, or RunPython that asks the vendor",
    migrations.AddIndex: f"{LOCKS}: create it concurrently on PostgreSQL, as 0017 does",
    migrations.AddConstraint: f"{LOCKS}: add it as not valid and validate it in a migration of its own",
}


def problems_of(migration: migrations.Migration, state: ProjectState) -> Iterator[str]:
    """Yield what is unsafe in a migration that comes upon a state of the models, which is left as it is."""
    known = state.clone()
    new: set[str] = set()
    why: dict[str, str] = getattr(migration, "why_safe", {})
    if any(isinstance(each, migrations.RunPython) for each in migration.operations) and any(
        isinstance(each, SCHEMA) for each in migration.operations
    ):
        yield "RunPython beside changes of tables: their locks last until all rows are done; make it two migrations"
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            new.add(operation.name_lower)
        elif str(getattr(operation, "model_name", "")).lower() not in new and (
            problem := _problem_of(operation, known)
        ):
            name = type(operation).__name__
            if name not in why:
                yield f"{name} ({operation.describe()}): {problem}"
        operation.state_forwards(migration.app_label, known)


def _problem_of(operation: Operation, state: ProjectState) -> str:
    if isinstance(operation, migrations.AddField):
        field = operation.field
        bare = not field.null and not field.many_to_many and getattr(field, "db_default", None) in (None, NOT_PROVIDED)
        return "code that still runs inserts without it: give it null=True or db_default" if bare else ""
    if isinstance(operation, migrations.AlterField):
        old = state.models[APP, operation.model_name_lower].fields[operation.name]
        if old.null and not operation.field.null:
            return "every row is read under a lock, and code that still runs may write null"
        if old.get_internal_type() != operation.field.get_internal_type():
            return "another type writes the whole table anew: add a field, copy in portions, drop the old one later"
        return ""
    return REASONS.get(type(operation), "")


def main() -> int:
    """Print what is unsafe in the migrations since `FIRST`; return how the process ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geodata.settings.testing")
    django.setup()
    loader = MigrationLoader(None)
    names = sorted(name for app, name in loader.disk_migrations if app == APP and name >= FIRST)
    wrong = [
        f"{APP}.{name}: {problem}"
        for name in names
        for problem in problems_of(loader.disk_migrations[APP, name], loader.project_state((APP, name), at_end=False))
    ]
    sys.stdout.writelines(f"{each}\n" for each in wrong)
    return len(wrong) > 0


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())  # noqa: PTH109  The root, whose packages it reads.
    sys.exit(main())
