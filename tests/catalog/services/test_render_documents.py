"""Renderings as documents have them: their members one by one, and the parameters that they come to."""

import pytest

from catalog.errors import InvalidDocument
from catalog.services.collections.renders import DESCRIBING, MAX_RENDERS, check_renders, render_parameters
from tiles.styling.style import PARAMETERS

PLAIN = {"assets": ["data"]}


@pytest.mark.parametrize(
    "render",
    [
        PLAIN,
        {**PLAIN, "title": "Red", "description": 5},
        {**PLAIN, "minmax_zoom": [0, 0]},
        {**PLAIN, "minmax_zoom": [30, 30]},
        {**PLAIN, "rescale": [[0, 1], [2, 3]], "bidx": [1, 2, 3], "nodata": 0, "unscale": True},
        {**PLAIN, "colormap": {"1": "red"}, "resampling": "cubic", "expression": "b1/b2"},
    ],
)
def test_render_that_can_be_drawn_is_taken(render):
    check_renders({"one": render})


@pytest.mark.parametrize(
    ("render", "said"),
    [
        (None, "renders.one: give an object."),
        ({}, "renders.one.assets: give a list of keys of assets."),
        ({"assets": "data"}, "renders.one.assets"),
        ({"assets": []}, "renders.one.assets"),
        ({"assets": [""]}, "renders.one.assets"),
        ({"assets": ["data", 1]}, "renders.one.assets"),
        ({**PLAIN, "title": None}, "renders.one.title: give a text."),
        ({**PLAIN, "minmax_zoom": [2, 1]}, "renders.one.minmax_zoom: give two zooms within 0-30, the lower first."),
        ({**PLAIN, "minmax_zoom": [-1, 1]}, "renders.one.minmax_zoom"),
        ({**PLAIN, "minmax_zoom": [0, 31]}, "renders.one.minmax_zoom"),
        ({**PLAIN, "minmax_zoom": [0]}, "renders.one.minmax_zoom"),
        ({**PLAIN, "minmax_zoom": [0, 1, 2]}, "renders.one.minmax_zoom"),
        ({**PLAIN, "minmax_zoom": [0, 1.5]}, "renders.one.minmax_zoom"),
        ({**PLAIN, "minmax_zoom": (0, 1)}, "renders.one.minmax_zoom"),
        ({**PLAIN, "minmax_zoom": None}, "renders.one.minmax_zoom"),
        ({**PLAIN, "colour": "red"}, "renders.one.colour: is not a parameter of tiles; these are: algorithm, "),
        ({**PLAIN, "stretch": "percentile:50,50"}, "renders.one: stretch: percentiles go from a lower"),
        ({**PLAIN, "rescale": [[1, 1]]}, "renders.one: rescale must go from a lower to a higher value"),
    ],
)
def test_render_that_can_not_be_drawn_is_refused_by_its_member(render, said):
    with pytest.raises(InvalidDocument) as caught:
        check_renders({"fine": PLAIN, "one": render})
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("renders", [None, [], "x", {str(number): PLAIN for number in range(MAX_RENDERS + 1)}])
def test_renders_that_are_none_or_too_many_are_refused(renders):
    with pytest.raises(InvalidDocument, match=f"^renders: give an object of at most {MAX_RENDERS} renderings"):
        check_renders(renders)


def test_renders_are_as_many_as_they_may_be():
    check_renders({})
    check_renders({str(number): PLAIN for number in range(MAX_RENDERS)})


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("viridis", ["viridis"]),
        ([1, 2, 3], ["1,2,3"]),
        ([[0, 1], [2.5, 3]], ["0,1", "2.5,3"]),
        ([], [""]),
        (True, ["true"]),
        (0, ["0"]),
        (2.5, ["2.5"]),
        ({"1": "red"}, ['{"1":"red"}']),
    ],
)
def test_values_become_texts_of_a_query(value, texts):
    assert render_parameters({"one": value}) == {"one": texts}


def test_parameters_of_a_render_are_those_of_tiles_alone():
    render = {**dict.fromkeys(DESCRIBING, "x"), "bidx": [1], "nodata": None}
    assert render_parameters(render) == {"bidx": ["1"]}
    assert not DESCRIBING & (set(PARAMETERS) - {"assets"})
