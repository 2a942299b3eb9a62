import json
import socket
from datetime import UTC, datetime

import pystac
import pytest

from catalog.documents.schemas import item_errors
from catalog.extraction import Extraction, extract
from catalog.extraction.extracting import build_item_document

HELLO = "12202cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
"""Multihash of b"hello"."""


def document_of(extraction: Extraction):
    return build_item_document(
        extraction, item_id="a", collection_id="c", href="https://example.org/a.tif", size=5, checksum=HELLO
    )


def pixel_extraction(**times) -> Extraction:
    unknown = {"datetime": None, "start_datetime": None, "end_datetime": None, "datetime_source": "unknown"}
    return Extraction(
        kind="pixel", driver="PNG", media_type="image/png", geometry=None, bbox=None, **{**unknown, **times}
    )


@pytest.fixture
def _no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("validation reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.usefixtures("_no_network")
@pytest.mark.parametrize("crs", [4326, 32633, None])
def test_build_item_document_validates_against_stac_core(make_raster, crs):
    document = document_of(extract(make_raster(crs=crs), name="m_4709963_se_14_1_20100629.tif"))
    assert item_errors(document) == []
    assert document["assets"]["data"]["file:checksum"] == HELLO
    json.dumps(document, allow_nan=False)
    # The one version with both `proj:epsg` and `proj:code`; pystac reads it as its successor, without complaint.
    assert document["stac_extensions"][0] == "https://stac-extensions.github.io/projection/v1.2.0/schema.json"
    item = pystac.Item.from_dict(document)
    assert (item.stac_extensions[0].rpartition("/")[0], item.datetime) == (
        "https://stac-extensions.github.io/projection/v2.0.0",
        datetime(2010, 6, 29, tzinfo=UTC),
    )
    assert document["properties"].get("proj:epsg") == crs
    assert item.properties.get("proj:code") == (f"EPSG:{crs}" if crs else None)


def test_build_item_document_of_period_gives_both_ends():
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC)
    document = document_of(pixel_extraction(start_datetime=start, end_datetime=end))
    assert document["properties"]["datetime"] is None
    assert document["properties"]["start_datetime"] == "2020-01-01T00:00:00Z"
    assert item_errors(document) == []


def test_build_item_document_without_any_time_takes_the_time_of_ingest():
    document = build_item_document(
        pixel_extraction(), item_id="a", collection_id="c", href="a.png", ingested=datetime(2024, 1, 1, tzinfo=UTC)
    )
    assert document["properties"]["datetime"] == "2024-01-01T00:00:00Z"


def test_item_errors_tells_what_is_wrong():
    document = document_of(pixel_extraction()) | {"geometry": "here"}
    assert item_errors(document)
