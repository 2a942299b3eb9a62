"""The syntax of `q`, basic and advanced: <https://github.com/stac-api-extensions/freetext-search>.

q        = sequence *("," sequence)              any of them
sequence = clause *(["OR"] clause)               any of them, unless some are marked by + or -
clause   = part *("AND" part)                    all of them
part     = ["+" / "-" / "NOT"] (word / "phrase" / "(" q ")")
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog.conf import limits
from catalog.documents.text_index import split_words
from catalog.errors import InvalidFreeText
from catalog.querying.free_text.terms import Phrase, Term, Without, all_of, any_of

# A sign stands directly before what it is about; elsewhere, as in `Sentinel-2`, it is punctuation.
TOKEN = re.compile(
    r"""\s*(?:"(?P<phrase>[^"]*)"|(?P<mark>[(),])|(?P<sign>[+-])(?=["(\w])|(?P<word>[^\s"(),]+)|(?P<odd>\S))"""
)
OPERATORS = ("AND", "OR", "NOT")


@dataclass(frozen=True)
class Token:
    """`kind` is `words` (without quotation marks), `phrase`, an operator, a sign or a mark."""

    kind: str
    words: tuple[str, ...] = ()


def tokenize(text: str) -> list[Token]:
    """Raise InvalidFreeText for a quotation that does not end. What has no letters and digits is left out."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    for match in TOKEN.finditer(text):
        if match["odd"]:
            raise InvalidFreeText('a phrase begins and ends with "')
        if mark := match["mark"] or match["sign"]:
            yield Token(mark)
        elif match["word"] in OPERATORS:
            yield Token(match["word"])
        elif words := split_words(match["phrase"] or match["word"] or ""):
            yield Token("words" if match["word"] else "phrase", tuple(words))


# Parentheses within one another.
MAX_NESTING = 16
NO_WORD = "give at least one word to look for, with letters or digits"
SIGNS = {"+": "+", "-": "-", "NOT": "-"}


def parse_q(value: Any) -> Term:
    """Read a text in the syntax above, or a list of texts, of which one is enough and which have no syntax.

    Raises InvalidFreeText for what is not that, is too long, or asks for nothing.
    """
    if not isinstance(value, str | list) or not all(isinstance(each, str) for each in value):
        raise InvalidFreeText('give a text such as snow AND "sentinel 2", or a list of texts')
    if len(value) > limits().max_q_characters or sum(map(len, value)) > limits().max_q_characters:
        raise InvalidFreeText(f"at most {limits().max_q_characters} characters")
    if isinstance(value, str):
        tokens = tokenize(value)
    else:
        tokens = [token for text in value for token in (Token("phrase", tuple(split_words(text))), Token(","))]
        tokens = [token for token in tokens if token.words or token.kind == ","]
    if sum(len(token.words) for token in tokens) > limits().max_q_words:
        raise InvalidFreeText(f"at most {limits().max_q_words} words")
    return _Parser(tokens).parse()


@dataclass(frozen=True)
class _Clause:
    sign: str
    term: Term


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.nesting = 0

    def parse(self) -> Term:
        term = self._alternatives()
        if self.at < len(self.tokens):
            raise InvalidFreeText("a parenthesis is closed that was not opened")
        return term

    def _kind(self) -> str | None:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else None

    def _takes(self, *kinds: str) -> Token | None:
        if self._kind() not in kinds:
            return None
        self.at += 1
        return self.tokens[self.at - 1]

    def _alternatives(self) -> Term:
        """Read what stands between commas. There, as in OGC API Records, words side by side are a phrase."""
        found = [self._alternative()]
        while self._takes(","):
            found.append(self._alternative())
        terms = [(phrase if len(found) > 1 else None) or term for term, phrase in found if term]
        if not terms:
            raise InvalidFreeText(NO_WORD)
        return any_of(terms)

    def _alternative(self) -> tuple[Term | None, Phrase | None]:
        """Read one alternative as a sequence and, when it is nothing but words, as a phrase too."""
        begin = self.at
        term = self._sequence()
        tokens = self.tokens[begin : self.at]
        alone = all(token.kind == "words" for token in tokens)
        return term, Phrase(tuple(word for token in tokens for word in token.words)) if alone else None

    def _sequence(self) -> Term | None:
        """Read clauses side by side; None where nothing stands."""
        if self._kind() in {None, ",", ")"}:
            return None
        clauses = [self._clause()]
        while self._kind() not in {None, ",", ")"}:
            self._takes("OR")
            clauses.append(self._clause())
        return _combined(clauses)

    def _clause(self) -> _Clause:
        first = self._part()
        if self._kind() != "AND":
            return first
        parts = [first]
        while self._takes("AND"):
            parts.append(self._part())
        return _Clause("", all_of([Without(part.term) if part.sign == "-" else part.term for part in parts]))

    def _part(self) -> _Clause:
        sign = self._takes(*SIGNS)
        if token := self._takes("words", "phrase"):
            term: Term = Phrase(token.words)
        elif self._takes("("):
            term = self._parenthesized()
        else:
            raise InvalidFreeText(f"a word, a phrase or a parenthesis is missing {self._place()}")
        return _Clause(SIGNS[sign.kind] if sign else "", term)

    def _parenthesized(self) -> Term:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise InvalidFreeText(f"parentheses nest at most {MAX_NESTING} deep")
        term = self._alternatives()
        if not self._takes(")"):
            raise InvalidFreeText("a parenthesis is opened that is not closed")
        self.nesting -= 1
        return term

    def _place(self) -> str:
        kind = self._kind()
        return f"before {kind}" if kind else "at the end"


def _combined(clauses: list[_Clause]) -> Term:
    """Combine the clauses of a sequence: with a word that must be there, the others need not."""
    by_sign = {sign: [each.term for each in clauses if each.sign == sign] for sign in ("+", "-", "")}
    asked = by_sign["+"] or ([any_of(by_sign[""])] if by_sign[""] else [])
    return all_of([*asked, *(Without(term) for term in by_sign["-"])])
