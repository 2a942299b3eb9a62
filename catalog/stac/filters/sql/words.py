"""Whether a text of words holds some of them, one after another."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func
from django.db.models.sql.compiler import SQLCompiler

from catalog.stac.filters.sql.properties import Compiled


class HasPhrase(Func):
    """Of a column that `catalog.documents.text.join_words` wrote, the words of a phrase in their order."""

    output_field = BooleanField()

    def __init__(self, column: Any, words: Sequence[str]) -> None:
        super().__init__(column)
        self.words = list(words)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        """The expression that `WordsIndex` indexes; of those rows, the ones with the phrase."""
        column, params = compiler.compile(self.source_expressions[0])
        found = f"string_to_array({column}, ' ') @> %s::text[]"
        if len(self.words) == 1:
            return f"({found})", (*params, self.words)
        return f"({found} AND STRPOS({column}, %s) > 0)", (*params, self.words, *params, self._padded())

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        column, params = compiler.compile(self.source_expressions[0])
        return f"(INSTR({column}, %s) > 0)", (*params, self._padded())

    def _padded(self) -> str:
        return f" {' '.join(self.words)} "
