"""`q` cut into what its syntax is made of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.documents.text import split_words
from catalog.stac.filters.free_text.errors import InvalidFreeText

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
