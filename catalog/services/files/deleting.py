"""Delete files of ours: their rows at once, their objects in storage after a time, and nothing that is not ours."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.utils import timezone

from catalog.models import ChecksumFile, DroppedObject
from catalog.services.audit import Action, record
from catalog.services.collections.versions import mark_changed

REMOVED_AT_ONCE = 1000


def delete_file(file: ChecksumFile) -> None:
    """Delete the row, and its object after `settings.DELETED_KEPT_HOURS`, unless another file lies there too."""
    with transaction.atomic():
        if file.blob:
            rows = ChecksumFile.objects.filter(blob=file.blob.name)
            # Files may share an object: one goes after the other, so that the last one knows that it is the last.
            len(rows.select_for_update())
            if not rows.exclude(pk=file.pk).exists():
                _drop_object(file.blob.storage, str(file.blob.name))
        ChecksumFile.objects.filter(pk=file.pk).delete()


def _drop_object(storage: Storage, name: str) -> None:
    if settings.DELETED_KEPT_HOURS > 0:
        DroppedObject.objects.get_or_create(name=name)
    else:
        transaction.on_commit(lambda: storage.delete(name), robust=True)


def delete_dropped_objects() -> int:
    """Delete from storage what was dropped `settings.DELETED_KEPT_HOURS` ago; return how many objects.

    One that a file names after all, as after a restore of the database, stays. At most `REMOVED_AT_ONCE`.
    """
    before = timezone.now() - timedelta(hours=settings.DELETED_KEPT_HOURS)
    names = list(DroppedObject.objects.filter(dropped__lt=before).order_by("dropped")[:REMOVED_AT_ONCE])
    named = set(ChecksumFile.objects.filter(blob__in=[each.name for each in names]).values_list("blob", flat=True))
    for each in names:
        if each.name not in named:
            default_storage.delete(each.name)
        # After its object: what breaks off between is done again.
        each.delete()
    return len(names) - len(named)


def remove_files(files: Iterable[ChecksumFile]) -> None:
    """Delete files and what is remembered of their imagery, whoever asks for it."""
    for file in files:
        with transaction.atomic():
            delete_file(file)
            record(
                Action.FILES_DELETED,
                target=file.name,
                collection_id=file.collection_id or "",
                id=str(file.pk),
                url=file.url,
            )
            if file.collection_id:
                mark_changed(file.collection_id)


def remove_unused_uploads() -> int:
    """Delete uploads that no ingest has asked for within `settings.UPLOAD_UNUSED_HOURS`; return how many.

    At most `REMOVED_AT_ONCE`, the oldest first; the next run goes on.
    """
    before = timezone.now() - timedelta(hours=settings.UPLOAD_UNUSED_HOURS)
    unused = ChecksumFile.objects.unused().filter(
        created__lt=before, ingest_sources__isnull=True, ingest_scenes__isnull=True
    )
    found = list(unused.order_by("created")[:REMOVED_AT_ONCE])
    remove_files(found)
    return len(found)
