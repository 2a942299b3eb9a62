from datetime import UTC, datetime
from typing import Any

import pytest

from frontend.metadata import MetadataEntry, key_facts, metadata_groups
from frontend.pages import asset_row, item_page

ADDED = datetime(2024, 6, 1, tzinfo=UTC)


def _document(**members: Any) -> dict[str, Any]:
    return {
        "id": "scene 1",
        "collection": "scenes",
        "geometry": {"type": "Point", "coordinates": [1, 2]},
        "bbox": [1.0, 2.0, 3.0, 4.0],
        "properties": {"datetime": "2024-05-01T10:30:00Z", "platform": "sentinel-2a", "eo:cloud_cover": 12.5},
        "assets": {
            "thumbnail": {"href": "/thumb.webp", "roles": ["thumbnail"]},
            "data": {
                "href": "s3://bucket/scene.tif",
                "roles": ["data"],
                "type": "image/tiff; application=geotiff; profile=cloud-optimized",
                "file:size": 2_000_000,
                "proj:code": "EPSG:32633",
                "proj:shape": [100, 200],
                "bands": [
                    {"name": "red", "data_type": "uint8", "nodata": 0, "statistics": {"minimum": 1, "maximum": 250.5}}
                ],
            },
        },
        "links": [
            {"rel": "self", "href": "http://site/stac/collections/scenes/items/scene%201"},
            {"rel": "tilejson", "href": "http://site/tiles/a/tilejson.json"},
        ],
        **members,
    }


def _labels(facts: list[MetadataEntry]) -> dict[str, str]:
    return {fact.label: fact.value for fact in facts}


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("http://site/api/files/1/thumb.webp", "http://site/api/files/1/thumb.webp"),
        ("https://elsewhere.example/thumb.png", "http://site/stac/collections/scenes/items/scene%201/preview.webp"),
        ("http://site.elsewhere.example/thumb.png", "http://site/stac/collections/scenes/items/scene%201/preview.webp"),
        ("javascript:alert(1)", "http://site/stac/collections/scenes/items/scene%201/preview.webp"),
    ],
)
def test_item_page_shows_pictures_of_this_site_alone(stored, shown):
    document = _document(assets={"thumbnail": {"href": stored, "roles": ["thumbnail"]}})
    own = document["links"][0]["href"]
    document["links"] += [{"rel": "preview", "href": f"{own}/preview.webp"}]
    assert item_page(document, collection_title="Scenes", added=ADDED).thumbnail == shown


def test_item_page_of_document_has_links_and_imagery():
    page = item_page(_document(), collection_title="Scenes", added=ADDED)
    assert page.title == "scene 1"
    assert page.thumbnail == "/thumb.webp"
    assert page.tilejson == "http://site/tiles/a/tilejson.json"
    assert page.explore_url == "/explore/?v=1&in=scenes&item=scene+1"
    assert [snippet.value for snippet in page.snippets] == [
        "http://site/tiles/a/tilejson.json",
        "http://site/stac/collections/scenes/items/scene%201",
    ]


def test_key_facts_of_georeferenced_item():
    facts = _labels(key_facts(_document(), collection_title="Scenes", added=ADDED))
    assert facts["Acquired"] == "1 May 2024"
    assert facts["Reference system"] == "EPSG:32633"
    assert facts["Size"] == "200 \N{MULTIPLICATION SIGN} 100 px"
    assert facts["Cloud cover"] == "12.5 %"
    assert facts["Bounds"] == "1, 2, 3, 4"
    assert "Magnification" not in facts


def test_key_facts_of_slide_say_pixel_space_and_micrometres():
    document = _document(geometry=None, bbox=None)
    document["properties"] = {
        "datetime": "2024-05-01T10:30:00Z",
        "geodata:datetime_source": "file-modified",
        "geodata:pixel_size": [0.499, 0.499],
        "geodata:magnification": 20.0,
    }
    facts = _labels(key_facts(document, collection_title="Slides", added=ADDED))
    assert facts["Pixel size"] == "0.499 µm"
    assert facts["Magnification"] == "20\N{MULTIPLICATION SIGN}"
    assert facts["Place"] == "Not georeferenced: pixel space"
    # A file's date is not the image's.
    assert facts["File date"] == "1 May 2024"
    assert "Acquired" not in facts


def test_metadata_groups_go_by_extension_with_bands_second():
    groups = metadata_groups(_document())
    assert [group.title for group in groups] == ["General", "Bands", "Electro-optical", "Projection", "File"]
    assert groups[1].entries == [MetadataEntry("1 · red", "uint8 · 1 to 250.5 · no data: 0")]


def test_metadata_groups_show_structure_as_preformatted_text():
    document = _document()
    document["properties"] = {"proj:projjson": {"type": "GeographicCRS"}, "proj:wkt2": "G" * 200, "flag": True}
    facts = {fact.label: fact for group in metadata_groups(document) for fact in group.entries}
    assert facts["PROJJSON"].long
    assert '"GeographicCRS"' in facts["PROJJSON"].value
    assert facts["WKT"].long
    assert facts["Flag"].value == "yes"


def test_metadata_groups_of_item_without_assets():
    assert [group.title for group in metadata_groups(_document(assets={}))] == ["General", "Electro-optical"]


@pytest.mark.parametrize(
    ("href", "downloadable"),
    [
        ("https://example.org/a.tif", True),
        ("/api/files/1/download/", True),
        ("s3://bucket/a.tif", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
    ],
)
def test_asset_row_links_web_addresses_only(href, downloadable):
    assert asset_row("data", {"href": href}).downloadable is downloadable


ODD_MEMBERS: tuple[dict[str, Any], ...] = (
    {"geodata:pixel_size": ["a", "b"]}, {"geodata:pixel_size": [None]}, {"geodata:channels": 5},
    {"eo:cloud_cover": "x"}, {"geodata:channels": {"a": 1}}, {"geodata:datetime_source": []},
    {"geodata:magnification": "x"}, {"proj:code": 5}, {"proj:shape": "x"},
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD_MEMBERS)
def test_odd_members_of_a_document_are_left_out_of_the_facts(odd):
    document = {"properties": {"datetime": "2024-01-01T00:00:00Z", **odd}, "assets": {}, "geometry": None}
    assert key_facts(document, collection_title="Scenes", added=datetime(2024, 1, 1, tzinfo=UTC))


def test_key_facts_of_image_without_date_say_undated():
    document = _document()
    document["properties"] = {"datetime": "2024-05-01T10:30:00Z", "geodata:datetime_source": "unknown"}
    facts = _labels(key_facts(document, collection_title="Slides", added=ADDED))
    assert facts["Acquired"].startswith("Undated")


def test_key_facts_leave_channels_without_names_out():
    document = _document()
    document["properties"] = {"datetime": "2024-05-01T10:30:00Z", "geodata:channels": ["", " ", ""]}
    assert "Channels" not in _labels(key_facts(document, collection_title="Slides", added=ADDED))
    document["properties"]["geodata:channels"] = ["DNA", ""]
    assert _labels(key_facts(document, collection_title="Slides", added=ADDED))["Channels"] == "DNA"
