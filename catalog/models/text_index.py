"""Index the words of a text."""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement

CREATE = "CREATE INDEX %(name)s ON %(table)s USING gin (string_to_array(%(column)s, ' '))"
NOTHING = "SELECT 1"


class WordsIndex(models.Index):
    """Index one text column of words with a space on either side.

    PostgreSQL keeps an entry for each word; SQLite, which has no such index, reads the column.
    """

    def create_sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **options: Any
    ) -> Statement:
        if schema_editor.connection.vendor != "postgresql":
            return Statement(NOTHING)
        del using, options
        quote = schema_editor.quote_name
        (column,) = self.fields
        table = model._meta.db_table  # noqa: SLF001
        return Statement(CREATE, name=quote(self.name), table=quote(table), column=quote(column))

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor, **options: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return Statement(NOTHING)
        return super().remove_sql(model, schema_editor, **options)
