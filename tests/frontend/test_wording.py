from datetime import UTC, datetime

import pytest

from frontend import wording


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (123_456_789, "123 MB"),
        (5e15, "5000 TB"),
        (None, ""),
        ("many", ""),
    ],
)
def test_byte_size_of_count_is_readable(count, text):
    assert wording.byte_size(count) == text


@pytest.mark.parametrize(("metres", "text"), [(0.3, "30 cm"), (10, "10 m"), (27_829.9, "27.8 km"), (None, "")])
def test_length_of_metres_takes_fitting_unit(metres, text):
    assert wording.length(metres) == text


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ({"datetime": "2024-05-01T10:30:00Z"}, "1 May 2024"),
        (
            {"datetime": None, "start_datetime": "2024-05-01T00:00:00Z", "end_datetime": "2024-05-01T23:00:00Z"},
            "1 May 2024",
        ),
        (
            {"start_datetime": "2023-12-31T00:00:00Z", "end_datetime": "2024-01-02T00:00:00Z"},
            f"31 Dec 2023 {wording.DASH} 2 Jan 2024",
        ),
        ({"datetime": "soon"}, ""),
        ({}, ""),
    ],
)
def test_document_date_of_properties(properties, text):
    assert wording.document_date(properties) == text


def test_day_range_with_open_start_says_until():
    assert wording.day_range(None, datetime(2024, 1, 2, tzinfo=UTC)) == "until 2 Jan 2024"


@pytest.mark.parametrize(
    ("bbox", "text"),
    [([1, 2, 3, 4], "1, 2, 3, 4"), ([1, 2, 0, 3, 4, 100], "1, 2, 3, 4"), (None, ""), ([1, 2], "")],
)
def test_box_of_bbox_leaves_heights_out(bbox, text):
    assert wording.box(bbox) == text
