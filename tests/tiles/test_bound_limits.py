"""A site's limits bind wherever parameters are read, and a word is read alike on every route."""

from urllib.parse import quote

import pytest
from django.http import QueryDict
from django.test import Client

from tests.tiles.test_mixins import open_image
from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter
from tiles.rest import parameters as p
from tiles.rest.compat.data import BINS, ONLY_RANGE, _flag
from tiles.styling.parameters import DOCUMENT_LENGTH
from tiles.styling.style import PARAMETERS, parse_style


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
    for read in (p.UNSCALE.boolean, parse_style):
        with pytest.raises(InvalidParameter, match="unscale must be true or false"):
            read(QueryDict(f"unscale={word}"))


@pytest.mark.parametrize(("word", "meaning"), [("TRUE", True), ("on", True), ("0", False), ("off", False)])
def test_boolean_of_data_and_of_styles_mean_the_same(word, meaning):
    query = QueryDict(f"unscale={word}")
    assert p.UNSCALE.boolean(query) is parse_style(query).unscale is meaning


@pytest.mark.parametrize("text", ["nan", "inf", "1e15", "-1e15", "x", ""])
def test_number_of_a_place_is_finite_and_bearable(text):
    with pytest.raises(InvalidParameter, match="left must be a"):
        p.LEFT.parse_number(text)


@pytest.mark.parametrize("word", ["none", "Null", "undefined", "false", "0", ""])
def test_flag_of_django_large_image_may_say_nothing(word):
    assert _flag(ONLY_RANGE, QueryDict(f"onlyMinMax={word}")) is False


@pytest.mark.parametrize(("word", "meaning"), [("true", True), ("1", True), ("maybe", None), ("2", None)])
def test_flag_of_django_large_image_takes_the_words_of_other_routes(word, meaning):
    """Any word but a few was true once; the documented words are those of all routes."""
    query = QueryDict(f"onlyMinMax={word}")
    if meaning is None:
        with pytest.raises(InvalidParameter, match="onlyMinMax must be true or false"):
            _flag(ONLY_RANGE, query)
    else:
        assert _flag(ONLY_RANGE, query) is meaning


def test_table_has_all_that_a_style_is_made_of():
    declared = {name for each in p.RENDERING for name in each.names}
    assert declared == set(PARAMETERS)


@pytest.mark.parametrize(
    ("limits", "read", "query", "sentence"),
    [
        ({"bands": 2}, p.ASSETS.words, "assets=a,b,c", "assets names 3; the limit is 2"),
        ({"buckets": 2}, p.BINS.numbers, "bins=1,2,3", "bins has 3 numbers; the limit is 2"),
        ({"buckets": 2}, p.CATEGORIES.numbers, "categories=1,2,3", "categories has 3 numbers; the limit is 2"),
        ({"buckets": 2}, BINS.integer, "bins=3", "bins must be a whole number within 1-2, not '3'"),
        (
            {"profile_samples": 9},
            p.SAMPLES.integer,
            "samples=10",
            "samples must be a whole number within 2-9, not '10'",
        ),
        ({"parameter_length": 3}, p.SUBDATASET.text, "subdataset=abcd", "subdataset is longer than 3 characters"),
    ],
)
def test_table_keeps_the_limits_of_the_site(settings, limits, read, query, sentence):
    assert read(QueryDict(query))
    settings.TILES = {**settings.TILES, "limits": limits}
    with pytest.raises(InvalidParameter) as refused:
        read(QueryDict(query))
    assert refused.value.message == sentence


@pytest.mark.parametrize(
    ("parameter", "most"), [(p.BUFFER, 256), (p.FRAME, 10**9 - 1), (p.WIDTH, 10**9), (p.SAMPLES, 4096)]
)
def test_number_is_read_within_the_range_that_is_declared(parameter, most):
    assert parameter.type["maximum"] == most
    assert parameter.integer(QueryDict(f"{parameter.name}={most}")) == most
    for text in (str(most + 1), "-1", "1.0", "²", "9" * 99):
        with pytest.raises(InvalidParameter, match=f"{parameter.name} must be a whole number within"):
            parameter.integer(QueryDict(f"{parameter.name}={text}"))


@pytest.mark.urls("tests.tiles.urls")
def test_region_takes_several_ranges_and_long_documents_as_a_tile_does(make, publish, client: Client):
    """What tells whether values are painted was read more strictly than the style itself."""
    path = publish(make(bands=3)) + "data/region.png?left=0&top=0&right=9&bottom=9&units=pixels"
    assert open_image(client.get(f"{path}&rescale=0,10&rescale=0,20&rescale=0,30")).size == (9, 9)
    colors = "{" + ",".join(f'"{value}":"#{value:06x}ff"' for value in range(256)) + "}"
    assert tiles_settings().limits.parameter_length < len(colors) < DOCUMENT_LENGTH
    assert open_image(client.get(f"{path}&bidx=1&colormap={quote(colors)}")).size == (9, 9)
