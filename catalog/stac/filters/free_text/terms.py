"""What a search by words asks for: a condition of the database for items, a test in Python for collections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from catalog.stac.filters.sql.functions import Condition, Not
from catalog.stac.filters.sql.words import HasPhrase


class Term(Protocol):
    def found_in(self, words: str) -> bool:
        """Whether a text that `join_words` wrote has what is asked for."""

    def condition(self, column: str) -> Any:
        """The same for a column of such texts."""


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
