"""Copy stored uploads and thumbnails into a folder, and from there into storage: each once, whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage

from catalog.services.consistency import BLOB_NAME, stored_objects
from geodata.backups import BackupFailed

CHUNK = 2**20


def copy_objects(folder: Path) -> Iterator[int]:
    """Copy what isn't there yet in the same size; yield the bytes of each object, whether it had to be copied or not.

    An object whose deletion comes in between is left out.
    """
    for name, _ in stored_objects():
        target = folder / name
        try:
            size = default_storage.size(name)
            if not target.exists() or target.stat().st_size != size:
                _copy(name, target)
        except FileNotFoundError:
            continue
        yield size


def _copy(name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    with default_storage.open(name) as source, draft.open("wb") as file:
        shutil.copyfileobj(source, file, CHUNK)
    draft.replace(target)


def put_objects(folder: Path) -> Iterator[int]:
    """Store what storage lacks; yield the bytes of each object. Raises BackupFailed where one gets another name."""
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(root) / name
            key = path.relative_to(folder).as_posix()
            if not BLOB_NAME.fullmatch(key) or name.startswith("."):
                continue
            if not default_storage.exists(key):
                with path.open("rb") as file:
                    stored = default_storage.save(key, File(file))
                if stored != key:
                    raise BackupFailed(f"Storage calls {key} otherwise: {stored}")
            yield path.stat().st_size
