"""Texts as words."""

import pytest

from catalog.documents.text_index import MAX_WORD, MAX_WORDS, item_words, join_words, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Forêt-Noire 2024", "foret noire 2024"),
        ("SENTINEL-2_L2A", "sentinel 2 l2a"),
        ("Straße İzmir", "strasse izmir"),
        ("cafe\u0301 café", "cafe cafe"),
        ("ﬁeld x²", "field x2"),
        ("北京市 tile3", "北 京 市 tile3"),
        ("Tōkyō タワー", "tokyo タ ワ ー"),
        ("한국 Київ", "한국 киів"),
        ("… -- ''", ""),
        ("a" * 100, "a" * MAX_WORD),
    ],
)
def test_split_words_of_scripts_leaves_case_accents_and_punctuation_out(text, words):
    assert split_words(text) == words.split()


def test_join_words_of_texts_pads_words_and_ends_lines():
    assert join_words(["Climate model", "-", "Snow"]) == " climate model \n snow "
    assert join_words([]) == ""


def test_item_words_of_properties_are_all_texts_but_moments():
    properties = {
        "title": "Snow",
        "datetime": "2024-01-01T00:00:00Z",
        "platform": "Landsat 8",
        "gsd": 30,
        "keywords": ["ice", "Snow"],
        "providers": [{"name": "USGS", "roles": ["host"]}],
    }

    assert item_words("LC08", properties).replace(" \n ", "|") == " lc08|snow|landsat 8|ice|usgs|host "


def test_item_words_of_huge_document_are_bounded():
    assert item_words("id", {"text": "word " * 10_000}).count("word") == MAX_WORDS - 1
