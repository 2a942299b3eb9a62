"""Copy a site's database into a folder while the site runs, and from there into an empty one."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import connection

from geodata.backups import BackupFailed

# A table that every catalog has.
CATALOG = "catalog_collection"
# Of each engine, what its copy is called.
NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


def database_name() -> str:
    """Return the name of a copy of the database that the site is set to."""
    return NAMES[connection.vendor]


def dump_database(path: Path) -> None:
    """Write a copy of one moment. Raises BackupFailed."""
    if connection.vendor == "sqlite":
        _copy_sqlite(path)
    else:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--file", str(path))


def is_empty() -> bool:
    """Tell whether the database has no table of the catalog's."""
    return CATALOG not in connection.introspection.table_names()


def load_database(path: Path) -> None:
    """Fill an empty database from a copy. Raises BackupFailed."""
    if connection.vendor == "sqlite":
        _put_sqlite(path)
    else:
        name = str(connection.settings_dict["NAME"])
        options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--no-comments")
        _run("pg_restore", *options, "--dbname", name, str(path))


def _copy_sqlite(path: Path) -> None:
    """Copy page by page, as SQLite does it: who writes meanwhile isn't kept waiting, and isn't in it."""
    connection.ensure_connection()
    source: Any = connection.connection
    module: Any = connection.Database  # type: ignore[attr-defined]  # Of which the source is.
    copy = module.connect(str(path))
    try:
        source.backup(copy)
        # Of one file, as it is carried about.
        copy.execute("PRAGMA journal_mode=DELETE")
        found = copy.execute("PRAGMA quick_check").fetchone()[0]
    finally:
        copy.close()
    if found != "ok":
        raise BackupFailed(f"The copy of the database is damaged: {found}")


def _put_sqlite(path: Path) -> None:
    connection.close()
    target = Path(str(connection.settings_dict["NAME"]))
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.restored")
    shutil.copyfile(path, draft)
    # What the empty one had not written down yet isn't for this one.
    for ending in ("-wal", "-shm"):
        target.with_name(f"{target.name}{ending}").unlink(missing_ok=True)
    draft.replace(target)


def _run(program: str, *arguments: str) -> None:
    settings = connection.settings_dict
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {key: str(settings[name]) for key, name in named.items() if settings.get(name)}
    try:
        done = subprocess.run(  # noqa: S603  Of PostgreSQL, with names that the operator chose.
            [program, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise BackupFailed(f"{program} is missing: install postgresql-client, no older than the server") from None
    if done.returncode:
        raise BackupFailed(f"{program} failed: {_last_line(done.stderr.splitlines())}")


def _last_line(lines: Iterable[str]) -> str:
    return next((line for line in reversed([*lines]) if line.strip()), "it says nothing")
