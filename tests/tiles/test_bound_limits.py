"""A site's limits bind wherever parameters are read, and a word is read alike on every route."""

import pytest
from django.http import QueryDict

from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter
from tiles.rest import query as q
from tiles.styling.style import parse_style


@pytest.mark.parametrize(
    ("limits", "query", "sentence"),
    [
        ({"bands": 2}, "bidx=7&bidx=8&bidx=9", "bidx names 3 bands; the limit is 2"),
        ({"bands": 2}, "c=5,6,7", "c names 3 channels; the limit is 2"),
        ({"parameter_length": 9}, "expression=(b71-b72)/b73", "expression is longer than 9 characters"),
    ],
)
def test_style_keeps_the_limits_of_the_site(settings, limits, query, sentence):
    assert parse_style(QueryDict(query.replace("7", "17")))
    settings.TILES = {**settings.TILES, "limits": limits}
    assert tiles_settings().limits.bands == limits.get("bands", 16)
    with pytest.raises(InvalidParameter) as refused:
        parse_style(QueryDict(query))
    assert refused.value.message == sentence


@pytest.mark.parametrize("word", ["none", "y", "t", "2", "null"])
def test_boolean_of_data_and_of_styles_take_the_same_words(word):
    """`none` was once false on data routes alone; the documented words are true and false and their like."""
    for read in (lambda query: q.boolean(query, "unscale"), parse_style):
        with pytest.raises(InvalidParameter, match="unscale must be true or false"):
            read(QueryDict(f"unscale={word}"))


@pytest.mark.parametrize(("word", "meaning"), [("TRUE", True), ("on", True), ("0", False), ("off", False)])
def test_boolean_of_data_and_of_styles_mean_the_same(word, meaning):
    query = QueryDict(f"unscale={word}")
    assert q.boolean(query, "unscale") is parse_style(query).unscale is meaning


@pytest.mark.parametrize("text", ["nan", "inf", "1e15", "-1e15", "x", ""])
def test_number_of_a_place_is_finite_and_bearable(text):
    with pytest.raises(InvalidParameter, match="left must be a"):
        q.number("left", text)
