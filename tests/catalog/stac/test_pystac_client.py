"""The API as users of pystac-client meet it, over HTTP. Warnings are errors: it warns of what a server lacks."""

from datetime import timedelta

import pystac_client
import pytest

from .records import EPOCH, add_collection, add_item, add_items

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def catalog(live_server):
    collection = add_collection("scenes", title="Scenes", bbox=[10, 50, 11, 51], start_datetime=EPOCH)
    add_items(collection, 23)
    slides = add_collection("slides")
    add_item(slides, "slide", bbox=None, start=EPOCH - timedelta(days=1))
    add_item(slides, "other", bbox=(-44, -23, -43, -22), asset_files={"image": "5f0c"})
    client = pystac_client.Client.open(f"{live_server.url}/stac/")
    yield client
    # The server's thread keeps its database connection as long as ours to it is open.
    client._stac_io.session.close()


def test_client_opens_and_walks_collections(catalog):
    assert catalog.title == "Geodata"
    assert [collection.id for collection in catalog.get_collections()] == ["scenes", "slides"]
    assert {collection.id for collection in catalog.get_children()} == {"scenes", "slides"}
    scenes = catalog.get_collection("scenes")
    assert scenes.extent.spatial.bboxes == [[10, 50, 11, 51]]
    assert len(list(scenes.get_items())) == 23
    assert scenes.get_item("scene-007").get_collection().id == "scenes"
    assert catalog.get_collection("slides").get_item("slide").geometry is None


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_client_pages_through_a_search_without_duplicates(catalog, method):
    search = catalog.search(method=method, collections=["scenes"], limit=5)

    ids = [item.id for item in search.items()]

    assert ids == [f"scene-{number:03d}" for number in reversed(range(23))]
    assert search.matched() == 23
    assert [len(page.items) for page in search.pages()] == [5, 5, 5, 5, 3]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"bbox": [-50, -30, -40, -20]}, 1),
        ({"intersects": {"type": "Point", "coordinates": [10.5, 50.5]}}, 23),
        ({"datetime": "2024-01"}, 24),
        ({"datetime": "2024-01-01/2024-01-03", "collections": ["scenes"]}, 3),
        ({"datetime": "../2023-12-31"}, 1),
        ({"ids": ["slide", "scene-001", "nothing"]}, 2),
        ({"max_items": 4, "limit": 3}, 4),
    ],
)
def test_client_searches_with_each_parameter(catalog, method, parameters, count):
    items = catalog.search(method=method, **parameters).item_collection()

    assert len(items) == count


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_client_filters_sorts_and_trims(catalog, method):
    search = catalog.search(
        method=method,
        filter={"op": "in", "args": [{"property": "id"}, ["scene-003", "scene-001", "slide"]]},
        filter_lang="cql2-json",
        sortby=[{"field": "id", "direction": "asc"}] if method == "POST" else "+id",
        fields=["id", "properties.datetime"] if method == "GET" else {"include": ["id", "properties.datetime"]},
        limit=2,
    )

    items = list(search.items_as_dicts())

    assert [item["id"] for item in items] == ["scene-001", "scene-003", "slide"]
    assert "assets" not in items[0]


def test_client_filters_by_text_and_query(catalog):
    assert len(catalog.search(filter="id LIKE 'scene-02%'").item_collection()) == 3
    assert len(catalog.search(query={"datetime": {"gte": "2024-01-20T00:00:00Z"}}).item_collection()) == 4
    assert len(catalog.search(query=["id=slide"]).item_collection()) == 1


def test_client_searches_collections(catalog):
    search = catalog.collection_search(bbox=[0, 40, 20, 60], datetime="2024", q="Scenes", limit=1)

    assert [collection.id for collection in search.collections()] == ["scenes", "slides"]
    assert search.matched() == 2
    assert "datetime" in catalog.get_queryables()["properties"]
    assert "datetime" in catalog.get_collection("scenes").get_queryables()["properties"]


def test_client_finds_tiles_by_web_map_links(catalog):
    (item,) = catalog.search(ids=["other"]).items()

    template = item.get_single_link("xyz").href

    assert template.endswith("/tiles/slides/other/image/tiles/{z}/{x}/{y}.webp")
    assert item.get_single_link("tilejson").media_type == "application/json"


def test_client_is_told_what_is_wrong(catalog):
    with pytest.raises(pystac_client.exceptions.APIError, match="bbox: "):
        catalog.search(bbox=[200, 0, 201, 1]).item_collection()
