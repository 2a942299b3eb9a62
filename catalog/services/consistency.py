"""Compare what the database says with what storage holds, and with itself: after crashes, restores and edits by hand.

Each write happens in an order that leaves, if it is cut off, something too many rather than something missing: objects
before their rows, items before what they replace is deleted. This finds what was left over.
"""

import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.models import Census, ChecksumFile, Collection, DroppedObject, IngestSource, Item
from catalog.services.audit import Action, record
from catalog.services.collections.prepared_tallies import count_tallied
from catalog.services.collections.summaries import recount
from catalog.services.items.dropping import release_file

logger = logging.getLogger(__name__)
# What is younger may be at work: an upload that is coming, an ingest between a file's row and its item.
GRACE = timedelta(days=1)
# The names that uploads and thumbnails have; other things lie in storage as well.
BLOB_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}/[^/]+")
BATCH = 1000
# Names of files of one collection that are held in memory at once.
MOST_AT_ONCE = 500_000
Each = TypeVar("Each")
UNFINISHED = (IngestSource.State.QUEUED, IngestSource.State.RUNNING)


@dataclass(frozen=True)
class Finding:
    """Say what does not fit: `kind` for programs, `subject` names it, `description` is for people."""

    kind: str
    subject: str
    description: str
    is_repaired: bool = False


def check_consistency(*, repairs: bool = False, grace: timedelta = GRACE) -> Iterator[Finding]:
    """Yield what does not fit; with `repairs` put right what can be without losing anything.

    Objects and rows that nothing names go, counts are made anew. What is missing can't be brought back: it is told.
    What is younger than `grace` is left alone.
    """
    before = timezone.now() - grace
    yield from _objects_without_row(before=before, repairs=repairs)
    yield from _rows_without_object(before=before)
    for collection in Collection.objects.order_by("pk").iterator():
        yield from _files_without_item(collection, before=before, repairs=repairs)
        yield from _items_without_file(collection, repairs=repairs)
        yield from _wrong_count(collection, repairs=repairs)
    yield from _unsound_files()


def log_findings() -> None:
    """Log what does not fit, repaired where `settings.CONSISTENCY_REPAIRS` says so."""
    for finding in check_consistency(repairs=settings.CONSISTENCY_REPAIRS):
        done = " Repaired." if finding.is_repaired else ""
        logger.warning("%s %s: %s%s", finding.kind, finding.subject, finding.description, done)


def _objects_without_row(*, before: datetime, repairs: bool) -> Iterator[Finding]:
    old = (name for name, changed in stored_objects() if changed < before)
    for names in _batches(old):
        known = set(ChecksumFile.objects.filter(blob__in=names).values_list("blob", flat=True))
        # Of which the time is not over.
        known |= set(DroppedObject.objects.filter(name__in=names).values_list("name", flat=True))
        for name in names:
            if name in known:
                continue
            if repairs:
                default_storage.delete(name)
                record(Action.FILES_DELETED, target=name, why="no row names it")
            yield Finding("object_without_row", name, "No file of the catalog is stored here.", is_repaired=repairs)


def stored_objects() -> Iterator[tuple[str, datetime]]:
    """Yield name and time of each upload and thumbnail in storage."""
    storage: Any = default_storage
    found = _local_objects(Path(storage.location)) if isinstance(storage, FileSystemStorage) else _s3_objects(storage)
    return ((name, changed) for name, changed in found if BLOB_NAME.fullmatch(name))


def _local_objects(root: Path) -> Iterator[tuple[str, datetime]]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            try:
                changed = path.stat().st_mtime
            except FileNotFoundError:
                continue  # Deleted since it was listed.
            yield path.relative_to(root).as_posix(), datetime.fromtimestamp(changed, tz=UTC)


def _s3_objects(storage: Any) -> Iterator[tuple[str, datetime]]:
    prefix = f"{storage.location.strip('/')}/".lstrip("/")
    for entry in storage.bucket.objects.filter(Prefix=prefix):
        yield entry.key.removeprefix(prefix), entry.last_modified


def _rows_without_object(*, before: datetime) -> Iterator[Finding]:
    stored = ChecksumFile.objects.exclude(blob="").exclude(checksum="").filter(created__lt=before)
    for file in stored.order_by("pk").iterator(chunk_size=BATCH):
        if not file.blob.storage.exists(str(file.blob.name)):
            yield Finding("row_without_object", str(file.pk), f"{file.name} is gone from storage: {file.blob.name}.")


def _unsound_files() -> Iterator[Finding]:
    """Yield what verification found; a file that is right again is told as soon as it is verified again."""
    for file in ChecksumFile.objects.unsound().order_by("pk").iterator(chunk_size=BATCH):
        what = file.get_verification_display().lower()
        yield Finding("file_unsound", str(file.pk), f"{file.name}, verified at {file.verified:%Y-%m-%d %H:%M}: {what}.")


def _files_without_item(collection: Collection, *, before: datetime, repairs: bool) -> Iterator[Finding]:
    files = ChecksumFile.objects.filter(collection=collection, created__lt=before)
    parts = -(-files.count() // MOST_AT_ONCE)
    for part in range(parts):
        named = {file for file in _named_files(collection) if int(file[:8], 16) % parts == part}
        for file in files.order_by("pk").iterator(chunk_size=BATCH):
            identifier = str(file.pk)
            if int(identifier[:8], 16) % parts != part or identifier in named or _is_at_work(file):
                continue
            if repairs:
                release_file(file)
                record(
                    Action.FILES_DELETED, target=file, collection_id=collection.pk, id=identifier, why="no item has it"
                )
            yield Finding("file_without_item", identifier, f"No item names {file.name}.", is_repaired=repairs)


def _named_files(collection: Collection) -> Iterator[str]:
    rows = Item.objects.filter(collection=collection).order_by().values_list("asset_files", flat=True)
    return (file for files in rows.iterator(chunk_size=BATCH) for file in files.values())


def _is_at_work(file: ChecksumFile) -> bool:
    return IngestSource.objects.filter(Q(file=file) | Q(uploads=file), state__in=UNFINISHED).exists()


def _items_without_file(collection: Collection, *, repairs: bool) -> Iterator[Finding]:
    items = Item.objects.filter(collection=collection).exclude(asset_files={}).order_by("pk")
    for some in _batches(items.only("pk", "item_id", "asset_files").iterator(chunk_size=BATCH)):
        wanted = {file for item in some for file in item.asset_files.values()}
        known = set(map(str, ChecksumFile.objects.filter(pk__in=wanted).values_list("pk", flat=True)))
        for item in some:
            missing = {key for key, file in item.asset_files.items() if file not in known}
            if not missing:
                continue
            if repairs:
                _forget(item, missing)
            subject = f"{collection.pk}/{item.item_id}"
            description = f"There is no file of its assets {', '.join(sorted(missing))}."
            yield Finding("item_without_file", subject, description, is_repaired=repairs)


def _forget(item: Item, keys: Iterable[str]) -> None:
    with transaction.atomic():
        locked = Item.objects.select_for_update().get(pk=item.pk)
        kept = {key: file for key, file in locked.asset_files.items() if key not in keys}
        Item.objects.filter(pk=item.pk).update(asset_files=kept)
        record(Action.ITEM_CHANGED, target=locked.item_id, collection_id=locked.collection_id, assets=sorted(keys))


def _batches(each: Iterable[Each]) -> Iterator[list[Each]]:
    waiting = iter(each)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _wrong_count(collection: Collection, *, repairs: bool) -> Iterator[Finding]:
    counted = Census.objects.filter(pk=collection.pk).values_list("counts__items", flat=True).first() or 0
    there = Item.objects.filter(collection=collection).count()
    # None of the latter while items are still to be counted for aggregations.
    wrong = [each for each in (counted, count_tallied(collection.pk)) if each not in {None, there}]
    if not wrong:
        return
    if repairs:
        recount(collection.pk)
    description = f"{wrong[0]:,} items were counted; there are {there:,}."
    yield Finding("wrong_count", collection.pk, description, is_repaired=repairs)
