"""Where black and white lie: each way to say it, its bounds, and bands whose scale is negative."""

import numpy as np
import pytest

from tiles.errors import InvalidParameter
from tiles.sources.statistics import BandStatistics, summarize
from tiles.styling.stretch import (
    MAX_DEVIATIONS,
    Bound,
    needs_statistics,
    parse_bound,
    parse_stretch,
    percentile,
    stretch_range,
)

# 0-200, with a long tail: no percentile mirrors another.
VALUES = np.concatenate([np.linspace(0, 50, 900), np.linspace(50, 200, 101)])


@pytest.fixture
def found() -> BandStatistics:
    statistics = summarize(VALUES, total=VALUES.size)
    assert statistics is not None
    return statistics


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("minmax", (("percentile", 0), ("percentile", 100))),
        ("percentile", (("percentile", 2), ("percentile", 98))),
        ("percentile:0,100", (("percentile", 0), ("percentile", 100))),
        ("PERCENTILE:49.5, 50", (("percentile", 49.5), ("percentile", 50))),
        ("stddev", (("stddev", -2), ("stddev", 2))),
        ("stddev:2.5", (("stddev", -2.5), ("stddev", 2.5))),
        (f"stddev:{MAX_DEVIATIONS}", (("stddev", -100), ("stddev", 100))),
    ],
)
def test_stretch_is_read(text, ends):
    assert tuple((bound.kind, bound.number) for bound in parse_stretch(text)) == ends


@pytest.mark.parametrize(
    "text",
    [
        *("percentile:50,50", "percentile:98,2", "percentile:-0.1,50", "percentile:0,100.1", "percentile:2"),
        *("percentile:1,2,3", "percentile:nan,50", "percentile:a,b", "percentile:2,", "minmax:0,1", "stddev:0"),
        *("stddev:-1", f"stddev:{MAX_DEVIATIONS + 0.1}", "stddev:1,2", "stddev:inf", "best", ""),
    ],
)
def test_stretch_without_an_extent_is_refused_by_name(text):
    with pytest.raises(InvalidParameter, match=r"^stretch"):
        parse_stretch(text)


@pytest.mark.parametrize(
    ("text", "is_high", "bound"),
    [
        (5, False, Bound("value", 5)),
        ("-1.5", True, Bound("value", -1.5)),
        ("auto", True, Bound("auto", is_high=True)),
        (" Full ", False, Bound("full")),
        ("min", True, Bound("percentile", 0)),
        ("max", False, Bound("percentile", 100)),
        ("min:0.25", True, Bound("percentile", 25)),
        ("max:0.25", False, Bound("percentile", 75)),
        ("auto:0.25", False, Bound("percentile", 25)),
        ("auto:0.25", True, Bound("percentile", 75)),
        ("min:0", False, Bound("percentile", 0)),
    ],
)
def test_end_is_read_as_large_image_writes_it(text, is_high, bound):
    assert parse_bound("min", text, is_high=is_high) == bound


@pytest.mark.parametrize("text", ["min:1", "min:-0.1", "max:nan", "full:0.1", "low", "nan", "inf", "auto:x"])
def test_end_that_is_none_is_refused_by_name(text):
    with pytest.raises(InvalidParameter, match=r"^min"):
        parse_bound("min", text, is_high=False)


@pytest.mark.parametrize(
    ("text", "needed"), [(("0", "9"), False), (("full", "full"), False), (("0", "auto"), True), (("min", "9"), True)]
)
def test_stretch_in_numbers_needs_no_statistics(text, needed):
    stretch = (parse_bound("min", text[0], is_high=False), parse_bound("max", text[1], is_high=True))
    assert needs_statistics(stretch) is needed


def test_percentile_is_that_of_the_histogram_to_a_bucket(found):
    width = (found.histogram_max - found.histogram_min) / len(found.histogram_counts)
    for share in (0, 1, 2, 10, 50, 90, 98, 99.9, 100):
        assert percentile(found, share) == pytest.approx(np.percentile(VALUES, share), abs=width), share
    assert percentile(found, 2) == found.percentile_2
    assert percentile(found, 98) == found.percentile_98


def ends_of(text: str, found: BandStatistics | None, **options) -> tuple[float, float]:
    return stretch_range(parse_stretch(text), found, type_name="UInt16", **options)


@pytest.mark.parametrize("scale", [(1.0, 0.0), (0.5, 10.0), (-1.0, 0.0), (-0.1, 7.0)])
@pytest.mark.parametrize("text", ["minmax", "percentile", "percentile:2,50", "percentile:50,98", "stddev:1.5"])
def test_stretch_of_scaled_values_is_that_of_the_values_when_scaled(found, text, scale):
    scaled = summarize(VALUES * scale[0] + scale[1], total=VALUES.size)
    wanted = ends_of(text, scaled)
    assert wanted[0] < wanted[1]
    assert ends_of(text, found, scale=scale) == pytest.approx(wanted, abs=abs(scale[0]))


def test_stretch_of_a_negative_scale_goes_from_the_lower_to_the_higher_value(found):
    assert ends_of("minmax", found, scale=(-1.0, 0.0)) == (-200, 0)
    given = Bound("value", -120.0)
    assert stretch_range((given, Bound("percentile", 100)), found, type_name="", scale=(-1.0, 0.0)) == (-120, 0)
    assert stretch_range((Bound("percentile", 0), given), found, type_name="", scale=(-1.0, 0.0)) == (-200, -120)


def test_stretch_of_given_numbers_is_not_scaled(found):
    stretch = (Bound("value", 1.0), Bound("value", 2.0))
    assert stretch_range(stretch, found, type_name="Byte", scale=(10.0, 5.0)) == (1, 2)


def test_stretch_whose_given_end_is_beyond_the_other_is_refused(found):
    with pytest.raises(InvalidParameter, match="min is 300, which is above max, 200"):
        stretch_range((Bound("value", 300.0), Bound("percentile", 100)), found, type_name="")
    assert stretch_range((Bound("value", 200.0), Bound("percentile", 100)), found, type_name="") == (199.5, 200.5)


def test_stretch_of_one_value_is_gray():
    one = summarize(np.full(9, 7.0), total=9)
    assert ends_of("minmax", one) == (6.5, 7.5)
    assert ends_of("stddev", one) == (6.5, 7.5)
    assert ends_of("minmax", None) == (0, 1)


@pytest.mark.parametrize(
    ("type_name", "values", "ends"),
    [
        ("Byte", (0, 254), (0, 255)),
        ("Byte", (3, 2), (0, 255)),
        ("", (0, 200), (0, 255)),
        ("Byte", (0, 1), (0, 1)),
        ("Byte", (0, 2), (0, 255)),
        ("Byte", (255, 255), (254.5, 255.5)),
        ("UInt16", (0, 254), (0, 254)),
        ("Float32", (-3, 254), (-3, 254)),
    ],
)
def test_automatic_ends_are_those_of_bytes_or_the_extremes(type_name, values, ends):
    found = summarize(np.array(values, float), total=2)
    stretch = (Bound("auto"), Bound("auto", is_high=True))
    assert stretch_range(stretch, found, type_name=type_name) == ends


@pytest.mark.parametrize(("type_name", "highest"), [("Byte", 255), ("UInt16", 65535), ("Float32", 1), ("Int16", 255)])
def test_full_ends_are_those_of_the_type(type_name, highest):
    assert stretch_range((Bound("full"), Bound("full", is_high=True)), None, type_name=type_name) == (0, highest)
