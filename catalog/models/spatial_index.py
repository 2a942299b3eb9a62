"""Index items by collection, place and time together."""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.backends.utils import CursorWrapper

NOTHING = "SELECT 1"
# An instant is an interval of one moment, so both ends belong to it.
LASTS = "tstzrange(start_datetime, end_datetime, '[]')"
CREATE = "CREATE INDEX %(concurrently)s %(name)s ON %(table)s USING gist (%(columns)s)"


class PlaceTimeIndex(models.Index):
    """Index the fields collection, geometry, start and end of items, so that a search of all three reads few pages.

    PostgreSQL indexes an interval as a range. For the collection it takes the extension `btree_gist`, which the owner
    of a database may add; without it the index has place and time. SQLite, which has no such index, goes by place.
    """

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **options: Any
    ) -> Statement:
        del using
        if schema_editor.connection.vendor != "postgresql":
            return Statement(NOTHING)
        quote = schema_editor.quote_name
        with schema_editor.connection.cursor() as cursor:
            collection = "collection_id, " if _knows_texts(cursor) else ""
        return Statement(
            CREATE,
            concurrently="CONCURRENTLY" if options.get("concurrently") else "",
            name=quote(self.name),
            table=quote(model._meta.db_table),  # noqa: SLF001
            columns=f"{collection}geometry, {LASTS}",
        )

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, **options: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return Statement(NOTHING)
        return super().remove_sql(model, schema_editor, **options)


def _knows_texts(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'")
    return bool(cursor.fetchone()[0])
