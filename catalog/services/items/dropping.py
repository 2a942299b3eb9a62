"""Drop files that no item names any more, so that nobody reads on by their addresses."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

from catalog.models import ChecksumFile, Item
from catalog.querying.sql.properties import Compiled
from catalog.services.files.deleting import delete_file


class NamesAny(Func):
    """Tell whether a JSON object of texts has one of these for a value, under whichever name."""

    output_field = BooleanField()

    def __init__(self, column: str, texts: Iterable[str]) -> None:
        super().__init__(column, Value(orjson.dumps(sorted(texts)).decode(), output_field=TextField()))

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:
        return self.as_sql(
            compiler,
            connection,
            template="EXISTS (SELECT 1 FROM JSON_EACH(%(expressions)s)))",
            arg_joiner=") AS named WHERE named.value IN (SELECT value FROM JSON_EACH(",
            **context,
        )

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:
        return self.as_sql(
            compiler,
            connection,
            template="EXISTS (SELECT 1 FROM jsonb_each_text(%(expressions)s AS jsonb))))",
            arg_joiner=") AS named WHERE named.value IN (SELECT jsonb_array_elements_text(CAST(",
            **context,
        )


def drop_files(named: Iterable[Mapping[str, str]], *, collection_id: str) -> None:
    """Drop the files of items, or of their assets, that are gone, unless others of the collection's items have them.

    What was derived, and what is remembered of remote files, is deleted. An upload that was ingested goes back to who
    uploaded it: jobs tell of it, and it may be ingested again.

    Args:
        named: file ids by asset key, as `Item.asset_files` had them before.
        collection_id: whose items and files they are.
    """
    wanted = {file for files in named for file in files.values()}
    if not wanted:
        return
    # By whichever key: what is one item's `data` may be another's `visual`.
    rows = Item.objects.filter(NamesAny("asset_files", wanted), collection_id=collection_id)
    kept = {file for files in rows.values_list("asset_files", flat=True) for file in files.values()}
    gone = ChecksumFile.objects.filter(pk__in=filter(_is_id, wanted - kept), collection_id=collection_id)
    for row in gone:
        release_file(row)


def release_file(file: ChecksumFile) -> None:
    """Give an upload that was ingested back to who uploaded it; delete any other file."""
    if file.ingest_sources.exists() or file.ingest_scenes.exists():
        ChecksumFile.objects.filter(pk=file.pk).update(collection=None)
    else:
        delete_file(file)


def _is_id(text: str) -> bool:
    """Return whether it can be the id of a file: PostgreSQL and Django refuse to be asked for anything else."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
