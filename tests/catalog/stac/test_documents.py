"""Documents made of rows are valid STAC 1.1.0 and point where the routes are."""

from typing import Any

import pystac
import pystac.validation
import pytest
from django.contrib.gis.geos import GEOSGeometry

from catalog.stac.core.documents import collection_document
from catalog.stac.core.items import WEB_MAP_LINKS, item_document
from tests.catalog.stac.records import EPOCH, add_collection, add_item

pytestmark = pytest.mark.django_db
BASE = "https://example.org"


def assert_core_valid(document: dict[str, Any]) -> None:
    """Against the schemas that pystac brings along; those of extensions would have to be fetched."""
    pystac.validation.validate_dict({**document, "stac_extensions": []})


def href(document: dict[str, Any], rel: str) -> str:
    found: str = next(link["href"] for link in document["links"] if link["rel"] == rel)
    return found


def test_item_document_of_ingested_scene_is_valid():
    item = add_item(add_collection(), asset_files={"image": "5f0c"})

    document = item_document(item, base=BASE)

    assert_core_valid(document)
    assert document["properties"]["datetime"] == "2024-01-01T00:00:00Z"
    assert document["bbox"] == [10.0, 50.0, 11.0, 51.0]
    assert pystac.Item.from_dict(document).collection_id == "scenes"


def test_item_document_without_geometry_is_valid_and_has_pixel_tiles_only():
    item = add_item(add_collection("slides"), "slide", bbox=None, asset_files={"image": "5f0c"})

    document = item_document(item, base=BASE)

    assert_core_valid(document)
    assert document["geometry"] is None
    assert "bbox" not in document
    rels = [link["rel"] for link in document["links"]]
    assert "tilejson" in rels
    assert "xyz" not in rels


def test_item_document_of_interval_has_null_datetime():
    item = add_item(
        add_collection(),
        end=EPOCH.replace(year=2025),
        properties={
            "datetime": None,
            "start_datetime": "2024-01-01T00:00:00Z",
            "end_datetime": "2025-01-01T00:00:00Z",
        },
    )

    document = item_document(item, base=BASE)

    assert_core_valid(document)
    assert document["properties"]["datetime"] is None


def test_item_document_geometry_keeps_every_digit():
    point = GEOSGeometry("POINT (10.123456789012345 -0.1)", srid=4326)
    item = add_item(add_collection(), geometry=point)
    item.refresh_from_db()

    assert item_document(item, base=BASE)["geometry"] == {"type": "Point", "coordinates": [10.123456789012345, -0.1]}


def test_item_document_links_quote_ids():
    item = add_item(add_collection("a b"), "50%?#é", asset_files={"image": "5f0c"})

    document = item_document(item, base=BASE)

    assert href(document, "self") == f"{BASE}/stac/collections/a%20b/items/50%25%3F%23%C3%A9"
    assert href(document, "xyz") == f"{BASE}/tiles/a%20b/50%25%3F%23%C3%A9/image/tiles/{{z}}/{{x}}/{{y}}.webp"
    assert href(document, "tilejson") == f"{BASE}/tiles/a%20b/50%25%3F%23%C3%A9/image/tilejson.json"
    assert WEB_MAP_LINKS in document["stac_extensions"]


def test_item_document_offers_the_visual_asset_first_and_no_thumbnail():
    assets = {
        key: {"href": f"s3://bucket/{key}", "roles": [role]}
        for key, role in (("nir", "data"), ("picture", "visual"), ("small", "thumbnail"), ("elsewhere", "data"))
    }
    files = dict.fromkeys(("nir", "picture", "small"), "5f0c")

    document = item_document(add_item(add_collection(), assets=assets, asset_files=files), base=BASE)

    offered = [link["href"].split("/")[-2] for link in document["links"] if link["rel"] == "tilejson"]
    assert offered == ["picture", "nir"]
    assert "/picture/" in href(document, "preview")


def test_item_document_of_foreign_item_has_no_tiles():
    document = item_document(add_item(add_collection()), base=BASE)

    assert document["stac_extensions"] == []
    assert {link["rel"] for link in document["links"]} == {"self", "root", "parent", "collection"}


def test_item_document_replaces_structural_links_and_keeps_others():
    stored = [
        {"rel": "self", "href": "https://elsewhere.test/item.json"},
        {"rel": "license", "href": "https://elsewhere.test/license", "title": "Terms"},
    ]

    document = item_document(add_item(add_collection(), links=stored), base=BASE)

    assert href(document, "self").startswith(BASE)
    assert stored[1] in document["links"]


def test_item_document_makes_own_hrefs_absolute():
    assets = {"a": {"href": "/api/files/1/download/"}, "b": {"href": "s3://bucket/b.tif"}, "c": {"href": "//host/c"}}

    document = item_document(add_item(add_collection(), assets=assets), base=BASE)

    assert [asset["href"] for asset in document["assets"].values()] == [
        f"{BASE}/api/files/1/download/",
        "s3://bucket/b.tif",
        "//host/c",
    ]


def test_collection_document_of_empty_collection_is_valid():
    document = collection_document(add_collection(), base=BASE)

    assert_core_valid(document)
    assert document["extent"]["spatial"]["bbox"] == [[-180.0, -90.0, 180.0, 90.0]]
    assert document["extent"]["temporal"]["interval"] == [[None, None]]


def test_collection_document_carries_extent_and_foreign_members():
    collection = add_collection(
        title="Scenes of the north",
        keywords=["optical"],
        bbox=[10.0, 50.0, 11.0, 51.0],
        start_datetime=EPOCH,
        extra={
            "item_assets": {"image": {"type": "image/tiff", "roles": ["data"]}},
            "links": [{"rel": "license", "href": "https://elsewhere.test/license"}],
        },
    )

    document = collection_document(collection, base=BASE)

    assert_core_valid(document)
    assert document["extent"]["temporal"]["interval"] == [["2024-01-01T00:00:00Z", None]]
    assert document["item_assets"] == {"image": {"type": "image/tiff", "roles": ["data"]}}
    assert href(document, "license") == "https://elsewhere.test/license"
    assert href(document, "items") == f"{BASE}/stac/collections/scenes/items"
