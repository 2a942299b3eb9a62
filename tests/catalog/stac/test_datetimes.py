"""Intervals of searches: the forms that RFC 3339 and the STAC API allow, and those they don't."""

from datetime import UTC, datetime

import pytest

from catalog.documents.moments import parse_moment, read_moment
from catalog.errors import InvalidDocument, InvalidParameter
from catalog.querying.datetimes import Interval, parse_interval

VALID = [
    "1985-04-12T23:20:50.52Z",
    "1996-12-19T16:39:57-00:00",
    "1996-12-19T16:39:57+00:00",
    "1996-12-19T16:39:57-08:00",
    "1996-12-19T16:39:57+08:00",
    "../1985-04-12T23:20:50.52Z",
    "1985-04-12T23:20:50.52Z/..",
    "/1985-04-12T23:20:50.52Z",
    "1985-04-12T23:20:50.52Z/",
    "1985-04-12T23:20:50.52Z/1986-04-12T23:20:50.52Z",
    "1985-04-12T23:20:50.52+01:00/1986-04-12T23:20:50.52+01:00",
    "1985-04-12T23:20:50.52-01:00/1986-04-12T23:20:50.52-01:00",
    "1937-01-01T12:00:27.87+01:00",
    "1937-01-01T12:00:27.8710+01:00",
    "1985-04-12t23:20:50.000z",
    "2020-07-23T00:00:00Z",
    "2020-07-23T00:00:00.012345678Z",
    "1990-12-31T23:59:60Z",
]
INVALID = [
    "",
    "/",
    "..",
    "../..",
    "/..",
    "../",
    "/1984-04-12T23:20:50.52Z/1985-04-12T23:20:50.52Z",
    "1984-04-12T23:20:50.52Z/1985-04-12T23:20:50.52Z/",
    "/1984-04-12T23:20:50.52Z/1985-04-12T23:20:50.52Z/",
    "1985-04-12",
    "1937-01-01T12:00:27.87+0100",
    "37-01-01T12:00:27.87Z",
    "1985-12-12T23:20:50.52",
    "21985-12-12T23:20:50.52Z",
    "0000-12-12T23:20:50.52Z",
    "0001-01-01T00:00:00+01:00",
    "1985-13-12T23:20:50.52Z",
    "1985-12-32T23:20:50.52Z",
    "1985-12-01T25:20:50.52Z",
    "1985-12-01T00:60:50.52Z",
    "1985-12-01T00:06:61.52Z",
    "1985-04-12T23:20:50.Z",
    "1985-04-12T23:20:50,52Z",
    "1985-04-12T23:20:50+24:00",
    "1990-12-31T23:59:61Z",
    "1986-04-12T23:20:50.52Z/1985-04-12T23:20:50.52Z",
    "١٩٨٥-04-12T23:20:50Z",
    20200101,
    ["2020-07-23T00:00:00Z"],
]


@pytest.mark.parametrize("text", VALID)
def test_parse_interval_of_valid_form_succeeds(text):
    interval = parse_interval(text)
    assert interval.start or interval.end


@pytest.mark.parametrize("text", INVALID)
def test_parse_interval_of_invalid_form_names_the_parameter(text):
    with pytest.raises(InvalidParameter, match=r"^datetime: "):
        parse_interval(text)


def test_parse_interval_of_instant_has_equal_ends():
    moment = datetime(2020, 7, 23, tzinfo=UTC)
    assert parse_interval("2020-07-23T02:00:00+02:00") == Interval(moment, moment)


@pytest.mark.parametrize("text", ["2020-07-23T00:00:00Z/..", "2020-07-23T00:00:00Z/"])
def test_parse_interval_of_open_end_has_none(text):
    assert parse_interval(text) == Interval(datetime(2020, 7, 23, tzinfo=UTC), None)


def test_parse_moment_of_leap_second_is_the_next_minute():
    assert parse_moment("1990-12-31T23:59:60Z") == datetime(1991, 1, 1, tzinfo=UTC)


def test_parse_moment_cuts_nanoseconds_to_microseconds():
    assert parse_moment("2020-07-23T00:00:00.012345999Z").microsecond == 12345


@pytest.mark.parametrize("text", ["2024-05-01T10:00:00", "2024-05-01 10:00:00", "2024-05-01t12:00:00+02:00"])
def test_read_moment_of_document_without_zone_is_of_utc(text):
    assert read_moment(text, name="created") == datetime(2024, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2024-05-01", "20240501T100000Z", "2024-W18-3", "2024-05-01T10Z", "", None, 5])
def test_read_moment_takes_no_other_form_of_iso_8601(text):
    with pytest.raises(InvalidDocument, match=r"^created: .* is not an RFC 3339 time"):
        read_moment(text, name="created")
