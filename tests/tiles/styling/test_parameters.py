"""Rendering parameters one by one: what each takes, its bounds, and what its refusal says."""

import math

import pytest

from tiles.errors import InvalidParameter
from tiles.limits import DEFAULT_LIMITS
from tiles.styling.parameters import (
    DOCUMENT_LENGTH,
    Texts,
    boolean,
    choice,
    number,
    query_items,
    whole_number,
    word,
)
from tiles.styling.style import RESAMPLINGS, Style, parse_style


@pytest.mark.parametrize(("text", "value"), [("1", 1), (" -2.5e3 ", -2500), (".5", 0.5), ("1_0", 10)])
def test_number_is_read(text, value):
    assert number("n", text) == value


@pytest.mark.parametrize("text", ["", "one", "nan", "inf", "-Infinity", "1,2", "0x10", "1e999"])
def test_number_that_is_not_finite_is_refused_by_name(text):
    with pytest.raises(InvalidParameter, match=r"^n must be a"):
        number("n", text)


@pytest.mark.parametrize("text", ["true", "TRUE", "1", "yes", "on"])
def test_boolean_that_is_true(text):
    assert boolean("b", text, default=False) is True


@pytest.mark.parametrize("text", ["false", "False", "0", "no", "OFF"])
def test_boolean_that_is_false(text):
    assert boolean("b", text, default=True) is False


@pytest.mark.parametrize("text", ["maybe", "2", "t", "None", " "])
def test_boolean_that_is_neither_is_refused_by_name(text):
    with pytest.raises(InvalidParameter, match=r"^b must be true or false"):
        boolean("b", text, default=True)


@pytest.mark.parametrize("default", [True, False])
def test_boolean_that_is_not_given_is_its_default(default):
    assert boolean("b", "", default=default) is default


def test_choice_is_one_of_those_allowed_or_none():
    assert (choice("c", "LINEAR", ("linear",)), choice("c", "", ("linear",))) == ("linear", "")
    with pytest.raises(InvalidParameter, match="c must be one of linear, discrete, not 'wild'"):
        choice("c", "wild", ("linear", "discrete"))


def test_members_of_documents_are_of_their_type():
    assert (word("w", None, ("a",)), word("w", "a", ("a",))) == ("", "a")
    assert [whole_number("n", each, range(-2, 3)) for each in (None, -2, 2)] == [None, -2, 2]
    for value in ("A", 1, ["a"]):
        with pytest.raises(InvalidParameter, match="w is one of a"):
            word("w", value, ("a",))
    for outside in (-3, 3, True, 1.0, "1"):
        with pytest.raises(InvalidParameter, match="n is a whole number within -2 - 2"):
            whole_number("n", outside, range(-2, 3))


@pytest.mark.parametrize(
    ("name", "limit"),
    [("palette", DEFAULT_LIMITS.parameter_length), ("colormap", DOCUMENT_LENGTH), ("style", DOCUMENT_LENGTH)],
)
def test_texts_are_as_long_as_they_may_be(name, limit):
    assert query_items({name: "x" * limit}, frozenset({name})) == ((name, ("x" * limit,)),)
    with pytest.raises(InvalidParameter, match=f"{name} is longer than {limit} characters"):
        query_items({name: "x" * (limit + 1)}, frozenset({name}))


def test_texts_are_stripped_and_empty_ones_are_none():
    texts = Texts((("a", (" 1 ", "", "2")), ("b", (" ",)), ("c", ("3",))))
    assert texts.several("a") == ["1", "2"]
    assert (texts.several("b"), texts.one("b", "c"), texts.one("none")) == ([], "3", "")
    with pytest.raises(InvalidParameter, match="a is given 2 times"):
        texts.one("a")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"bidx": "1, 2,3"}, Style(indexes=(1, 2, 3))),
        ({"bidx": ["1", "2"], "band": "3"}, Style(indexes=(1, 2, 3))),
        ({"band": "0"}, Style()),
        ({"band": "0", "bidx": "2"}, Style(indexes=(2,))),
        ({"bidx": "99999"}, Style(indexes=(99_999,))),
        ({"bidx": ",".join(map(str, range(1, 17)))}, Style(indexes=tuple(range(1, 17)))),
        ({"rescale": ["0,1", "-2,2"]}, Style(rescale=((0, 1), (-2, 2)))),
        ({"rescale": "[[0,1],[2,3]]"}, Style(rescale=((0, 1), (2, 3)))),
        ({"rescale": "0,1,2,3"}, Style(rescale=((0, 1), (2, 3)))),
        ({"min": "1", "max": "2"}, Style(rescale=((1, 2),))),
        ({"nodata": "-9999"}, Style(nodata=-9999)),
        ({"nodata": "0"}, Style(nodata=0)),
        ({"resampling": "BICUBIC"}, Style(resampling="cubic")),
        ({"resampling_method": "cubic_spline"}, Style(resampling="cubicspline")),
        ({"return_mask": "false", "unscale": "true"}, Style(return_mask=False, unscale=True)),
        ({"expression": "b1 + b2"}, Style(expression="b1+b2")),
    ],
)
def test_parameters_are_read(query, expected):
    assert parse_style(query) == expected


def test_nodata_may_be_no_number():
    assert math.isnan(parse_style({"nodata": "NaN"}).nodata or 0)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"bidx": ",".join(["1"] * 17)}, "bidx names 17 bands; the limit is 16"),
        ({"bidx": "0"}, "bidx must be band numbers from 1"),
        ({"bidx": "100000"}, "bidx must be band numbers from 1"),
        ({"bidx": "1.5"}, "bidx must be band numbers from 1"),
        ({"bidx": "²"}, "bidx must be band numbers from 1"),
        ({"rescale": "1,1"}, "rescale must go from a lower to a higher value, not from 1 to 1"),
        ({"rescale": "2,1"}, "rescale must go from a lower to a higher value"),
        ({"rescale": "1"}, "rescale must be pairs low,high"),
        ({"rescale": "1,nan"}, "rescale must be a finite number"),
        ({"min": "2", "max": "2"}, "min and max must go from a lower to a higher value"),
        ({"nodata": "none"}, "nodata must be a number"),
        ({"resampling": "wild"}, f"resampling must be one of {', '.join(RESAMPLINGS)}"),
        ({"return_mask": "maybe"}, "return_mask must be true or false"),
        ({"unscale": "2"}, "unscale must be true or false"),
        ({"expression": "b1", "style": '{"band": 1}'}, "style says this itself; expression doesn't go with it"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_by_name(query, named):
    with pytest.raises(InvalidParameter) as caught:
        parse_style(query)
    assert named in caught.value.message
