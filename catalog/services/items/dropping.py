"""Drop files that no item names any more, so that nobody reads on by their addresses."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from catalog.models import ChecksumFile, Item
from catalog.services.files.storing import delete_file


def drop_files(named: Iterable[Mapping[str, str]], *, collection_id: str) -> None:
    """Drop the files of items, or of their assets, that are gone, unless others of the collection's items have them.

    What was derived, and what is remembered of remote files, is deleted. An upload that was ingested goes back to who
    uploaded it: jobs tell of it, and it may be ingested again.

    Args:
        named: file ids by asset key, as `Item.asset_files` had them before.
        collection_id: whose items and files they are.
    """
    by_key: dict[str, set[str]] = {}
    for files in named:
        for key, file in files.items():
            by_key.setdefault(key, set()).add(file)
    wanted = {file for files in by_key.values() for file in files}
    kept = {file for key, files in by_key.items() for file in _still_named(key, files, collection_id=collection_id)}
    gone = ChecksumFile.objects.filter(pk__in=filter(_is_id, wanted - kept), collection_id=collection_id)
    for row in gone:
        release_file(row)


def release_file(file: ChecksumFile) -> None:
    """Give an upload that was ingested back to who uploaded it; delete any other file."""
    if file.ingest_sources.exists():
        ChecksumFile.objects.filter(pk=file.pk).update(collection=None)
    else:
        delete_file(file)


def _still_named(key: str, files: set[str], *, collection_id: str) -> Iterable[str]:
    named = Cast(KeyTextTransform(key, "asset_files"), TextField())
    items = Item.objects.filter(collection_id=collection_id).annotate(named=named)
    return items.filter(named__in=files).values_list("named", flat=True)


def _is_id(text: str) -> bool:
    """Return whether it can be the id of a file: PostgreSQL and Django refuse to be asked for anything else."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
