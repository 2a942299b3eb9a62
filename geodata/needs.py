"""What the site needs to do its work, how each is looked at, and what to do where one is missing."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

# What copies, uploads that come and a database's own journal take within the minutes that mending takes.
LEAST_FREE_BYTES = 256 * 2**20
# A bucket that doesn't answer is waited for no longer; its client would try for minutes.
STORAGE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Need:
    """Hold one need: ``check`` raises where it isn't met.

    ``advice`` says what to do, without what only the log may say: addresses, paths and reasons. ``after`` is the need
    without which there is nothing to look at.
    """

    name: str
    check: Callable[[], object]
    advice: str
    after: str = ""


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_geometry() -> None:
    """Raise for a database that can't compute with places: both engines answer this, with their extension only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_AsText(ST_Buffer(ST_Point(1, 2), 0))")


def check_migrations() -> None:
    """Raise where the code knows migrations that the database hasn't had; once it had all, it is not asked again."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise RuntimeError("The database lacks migrations")
        _migrated.append(True)


def check_redis() -> None:
    cache.get("readyz")


def check_storage() -> None:
    """Ask for an object that is not there: both a folder and a bucket have to answer, in time."""
    if _asking and not _asking[-1].done():
        raise TimeoutError("Storage doesn't answer what it was asked before")
    _asking[:] = [_asker.submit(default_storage.exists, f"readyz-{uuid4()}")]
    _asking[-1].result(timeout=STORAGE_SECONDS)


def check_folders() -> None:
    """Raise PermissionError for a folder of the site's that can't be written: its rights, or a read-only disk."""
    for folder in _folders():
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(f"{folder} can't be written")


def check_disk() -> None:
    """Raise OSError for a folder of the site's on a disk that is all but full."""
    for folder in _folders():
        if (free := shutil.disk_usage(folder).free) < LEAST_FREE_BYTES:
            raise OSError(f"{folder} has {free:,} bytes left")


def _folders() -> Iterator[Path]:
    """Yield the folders that this process writes; one that isn't there yet by the one that it will be made in."""
    named = [Path(settings.DATA_DIR)]
    storage: Any = default_storage
    if isinstance(storage, FileSystemStorage):
        named.append(Path(storage.location))
    for folder in named:
        yield next(each for each in (folder, *folder.parents) if each.exists())


NEEDS = (
    Need(
        "database",
        check_database,
        "Is the server of DATABASE_URL up, and may this machine reach it? The log has its words.",
    ),
    Need(
        "geometry",
        check_geometry,
        "The database lacks PostGIS: run CREATE EXTENSION postgis as its superuser, of version 3.1 or newer.",
        after="database",
    ),
    Need(
        "migrations",
        check_migrations,
        "The database is older than this code: run manage.py migrate.",
        after="database",
    ),
    Need(
        "redis",
        check_redis,
        "Is the server of REDIS_URL up? Without it tiles are rendered anew and nothing is ingested.",
    ),
    Need(
        "storage",
        check_storage,
        "Does GEODATA_STORAGE_URL name a folder that can be read, or a bucket that these keys open?",
    ),
    Need(
        "folders",
        check_folders,
        "GEODATA_DATA_DIR and a folder of GEODATA_STORAGE_URL have to be writable by the site's user, on a disk that "
        "isn't read-only.",
    ),
    Need(
        "disk",
        check_disk,
        f"Less than {LEAST_FREE_BYTES // 2**20} MiB are free below GEODATA_DATA_DIR or GEODATA_STORAGE_URL: make room, "
        "or name a larger disk.",
    ),
)
# Something, once the database was found to have had all migrations.
_migrated: list[bool] = []
# The question to storage that was asked last, by the one thread that may hang at it.
_asking: list[Future[bool]] = []
_asker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readyz")
