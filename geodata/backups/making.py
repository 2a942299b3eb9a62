"""Make a backup, and bring one back: the database first, then what it names, with a manifest of both."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from catalog.models import Collection, Item
from geodata.backups import BackupFailed
from geodata.backups.dumping import database_name, dump_database, is_empty, load_database
from geodata.backups.objects import copy_objects, put_objects
from tiles import __version__

FORMAT = 1
MANIFEST, OBJECTS, SECRET = "manifest.json", "files", "secret-key"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Say what a backup holds. ``sha256``: of the database's copy."""

    made: str
    version: str
    database: str
    sha256: str
    collections: int
    items: int
    format: int = FORMAT


def make_backup(folder: Path, *, with_objects: bool = True) -> Iterator[int]:
    """Write a backup into a folder, which may hold an earlier one; yield the bytes of each object as it is there.

    The manifest comes last: without one there is no backup. Raises BackupFailed.
    """
    # It has what only the site may know.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    manifest = folder / MANIFEST
    manifest.unlink(missing_ok=True)
    database = folder / database_name()
    draft = database.with_name(f"{database.name}.part")
    draft.unlink(missing_ok=True)
    dump_database(draft)
    draft.replace(database)
    # Signs sessions and links. Where the environment gives it, it is kept with that.
    own = Path(settings.DATA_DIR) / SECRET
    if own.exists():
        secret = folder / SECRET
        secret.touch(mode=0o600)
        secret.write_text(own.read_text())
    if with_objects:
        yield from copy_objects(folder / OBJECTS)
    said = Manifest(
        made=timezone.now().isoformat(timespec="seconds"),
        version=__version__,
        database=database.name,
        sha256=_digest(database),
        collections=Collection.objects.count(),
        items=Item.objects.count(),
    )
    manifest.write_text(json.dumps(asdict(said), indent=2) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Return what a folder's backup holds. Raises BackupFailed where there is none, or another's, or a damaged one."""
    try:
        said = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise BackupFailed(f"{folder} holds no whole backup: {MANIFEST} is missing or no JSON") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise BackupFailed(f"{folder} holds a backup of another format; restore it by the version that made it")
    try:
        manifest = Manifest(**said)
    except TypeError:
        raise BackupFailed(f"{folder / MANIFEST} lacks what a manifest has, or has more") from None
    if manifest.database != database_name():
        raise BackupFailed(f"{folder} holds {manifest.database}, and DATABASE_URL names {connection.display_name}")
    if _digest(folder / manifest.database) != manifest.sha256:
        raise BackupFailed(f"{folder / manifest.database} is damaged: its SHA-256 is not the manifest's")
    return manifest


def restore_backup(folder: Path) -> Iterator[int]:
    """Fill an empty site from a folder's backup; yield the bytes of each object as it is there. Raises BackupFailed."""
    manifest = read_manifest(folder)
    if not is_empty():
        raise BackupFailed(
            "The database is not empty. Restore into a new one: name an empty folder (GEODATA_DATA_DIR=) or an empty "
            "database (DATABASE_URL=)"
        )
    load_database(folder / manifest.database)
    # What this version has that the backup's had not.
    call_command("migrate", interactive=False, verbosity=0)
    own, secret = Path(settings.DATA_DIR) / SECRET, folder / SECRET
    if secret.exists() and own.exists():
        own.write_text(secret.read_text())
    yield from put_objects(folder / OBJECTS)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
