"""What a search by words asks for: a condition of the database for items, a test in Python for collections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func
from django.db.models.sql.compiler import SQLCompiler

from catalog.querying.sql.functions import Condition, Not
from catalog.querying.sql.properties import Compiled


class HasPhrase(Func):
    """Of a column that `catalog.documents.text_index.join_words` wrote, the words of a phrase in their order."""

    output_field = BooleanField()

    def __init__(self, column: Any, words: Sequence[str]) -> None:
        super().__init__(column)
        self.words = list(words)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Compiled:  # noqa: ARG002
        """Compile to the expression that `WordsIndex` indexes, and of those rows to the ones with the phrase."""
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


class Term(Protocol):
    def found_in(self, words: str) -> bool:
        """Return whether a text that `join_words` wrote has what is asked for."""

    def condition(self, column: str) -> Any:
        """Return the condition that a column of such texts has what is asked for."""


@dataclass(frozen=True)
class Phrase:
    """Words one after another; mostly one."""

    words: tuple[str, ...]

    def found_in(self, words: str) -> bool:
        return f" {' '.join(self.words)} " in words

    def condition(self, column: str) -> Any:
        return HasPhrase(column, self.words)


@dataclass(frozen=True)
class AnyOf:
    terms: tuple[Term, ...]

    def found_in(self, words: str) -> bool:
        return any(term.found_in(words) for term in self.terms)

    def condition(self, column: str) -> Any:
        return Condition("OR", *(term.condition(column) for term in self.terms))


@dataclass(frozen=True)
class AllOf:
    terms: tuple[Term, ...]

    def found_in(self, words: str) -> bool:
        return all(term.found_in(words) for term in self.terms)

    def condition(self, column: str) -> Any:
        return Condition("AND", *(term.condition(column) for term in self.terms))


@dataclass(frozen=True)
class Without:
    term: Term

    def found_in(self, words: str) -> bool:
        return not self.term.found_in(words)

    def condition(self, column: str) -> Any:
        return Not(self.term.condition(column))


def any_of(terms: Sequence[Term]) -> Term:
    return terms[0] if len(terms) == 1 else AnyOf(tuple(terms))


def all_of(terms: Sequence[Term]) -> Term:
    return terms[0] if len(terms) == 1 else AllOf(tuple(terms))
