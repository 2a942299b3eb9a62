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


def test_client_finds_tiles_by_web_map_links(catalog):
    (item,) = catalog.search(ids=["other"]).items()

    template = item.get_single_link("xyz").href

    assert template.endswith("/tiles/slides/other/image/tiles/{z}/{x}/{y}.webp")
    assert item.get_single_link("tilejson").media_type == "application/json"


def test_client_is_told_what_is_wrong(catalog):
    with pytest.raises(pystac_client.exceptions.APIError, match="bbox: "):
        catalog.search(bbox=[200, 0, 201, 1]).item_collection()
