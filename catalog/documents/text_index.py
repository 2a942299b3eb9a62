"""Texts as words to search by: without case, accents and punctuation, in documents as in what is asked for."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

# Characters of scripts that write no spaces: each is a word, so that a part of a name is found as a phrase.
UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
ACCENTS = re.compile("[\u0300-\u036f]")
LINE_END = " \n "
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
# Databases limit what an index entry holds. Longer words are cut, in documents and searches alike.
MAX_WORD = 64
# Words of one item, so that a document of a megabyte does not fill the index.
MAX_WORDS = 5_000


def split_words(text: str) -> list[str]:
    """Return the words of a text, folded: `"Forêt-Noire 2024"` is `["foret", "noire", "2024"]`."""
    if text.isascii():
        # Of which most texts are: nothing to compose, and case is all there is to fold.
        words = WORD.findall(text.lower())
        return words if len(text) <= MAX_WORD else [word[:MAX_WORD] for word in words]
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return list(map(itemgetter(slice(MAX_WORD)), WORD.findall(unicodedata.normalize("NFC", plain.casefold()))))


def join_words(texts: Iterable[str]) -> str:
    """Return all words with a space on either side; a line ends between texts, so that no phrase reaches across."""
    lines, left = [], MAX_WORDS
    for text in texts:
        words = split_words(text)[:left]
        left -= len(words)
        if words:
            lines.append(" ".join(words))
    return f" {LINE_END.join(lines)} " if lines else ""


def item_words(item_id: str, properties: Mapping[str, Any]) -> str:
    """Return the words of an item's id and of every text among its properties, moments aside."""
    return join_words(dict.fromkeys([item_id, *_texts(properties)]))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and not MOMENT.match(value):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
