"""What `q` means for a text."""

import pytest

from catalog.documents.text_index import join_words
from catalog.querying.free_text import InvalidFreeText, parse_q

TEXTS = {
    "a": ["The quick brown fox", "climate"],
    "b": ["A quick hare", "climate model"],
    "c": ["Brown bear; model of climate"],
    "d": ["Sentinel-2 MSI", "Forêt-Noire"],
}


def found(q):
    term = parse_q(q)
    return "".join(name for name, texts in TEXTS.items() if term.found_in(join_words(texts)))


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        # The examples of the extension.
        ("sentinel", "d"),
        ('"climate model"', "b"),
        ("climate model", "abc"),
        ("climate OR hare", "abc"),
        ("climate AND model", "bc"),
        ("(quick OR brown) AND fox", "a"),
        ("quick +brown -fox", "c"),
        # Basic: commas, between which words side by side are a phrase.
        ("hare,msi", "bd"),
        ("climate model,nothing", "b"),
        ("nothing, brown fox ,MSI", "ad"),
        ("hare,climate AND bear", "bc"),
        (["brown fox", "msi"], "ad"),
        (["brown -fox"], "a"),
        (["", "msi"], "d"),
        # Precedence and signs.
        ("hare OR brown AND fox", "ab"),
        ("fox OR bear AND hare", "a"),
        ("climate -fox", "bc"),
        ("-climate", "d"),
        ("NOT climate", "d"),
        ("climate AND NOT fox", "bc"),
        ("climate AND -model", "a"),
        ("+quick +climate", "ab"),
        ("+(hare OR fox) +model", "b"),
        ('-"climate model" climate', "ac"),
        ("-(fox, bear)", "bd"),
        ("-(climate model, hare)", "acd"),
        ("((fox))", "a"),
        # Words, not parts of words; hyphens and accents.
        ("sent", ""),
        ("sentinel-2", "d"),
        ("sentinel - 2", "d"),
        ("sentinel-1", ""),
        ("FORET noire", "d"),
        ("forêt", "d"),
        ("and", ""),
        ("fox & hare", "ab"),
        ("fox,,hare,", "ab"),
        ("fox & -- %", "a"),
        ("'; DROP TABLE--", ""),
    ],
)
def test_q_finds_texts(q, expected):
    assert found(q) == expected


@pytest.mark.parametrize(
    "q",
    [
        *("", "   ", ",", "()", "***", '""', [], [""], ["**"]),
        *('"open', 'a "b" "', "(a", "a)", "a) OR (b", "a AND", "AND a", "OR", "a OR OR b", "a AND AND b", "NOT", "+()"),
        *(5, None, {"a": 1}, [5], ["a", None]),
        *("a" * 3000, "a " * 500, ["a"] * 500, "(" * 20 + "a" + ")" * 20),
    ],
)
def test_q_that_is_malformed_is_refused_by_name(q):
    with pytest.raises(InvalidFreeText, match=r"^q: ") as caught:
        parse_q(q)
    assert caught.value.code == "invalid_free_text"
