"""The API as users of pystac-client meet it, over HTTP. Warnings are errors: it warns of what a server lacks."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pystac_client
import pytest
import shapely
from pystac_client.exceptions import APIError

from catalog.models import Collection, Item
from tests.catalog.stac.outside.conftest import Served
from tests.catalog.stac.outside.documents import ITEMS, scenes

METHODS = ("GET", "POST")
AREA = shapely.box(-10, 40, 20, 60)
SCENES = list(scenes(ITEMS))


@pytest.fixture
def catalog(served: Served):
    client = pystac_client.Client.open(served.stac)
    yield client
    _close(client)


def _close(client: pystac_client.Client) -> None:
    """Close the client's connection: as long as it is open, the server's thread keeps one to the database."""
    assert client._stac_io is not None
    client._stac_io.session.close()


def ids_of(matches: Callable[[dict[str, Any]], Any]) -> set[str]:
    return {scene["id"] for scene in SCENES if matches(scene)}


def of(name: str, matches: Callable[[Any], Any]) -> set[str]:
    """Ids of the scenes that have the property, and one that matches."""
    return ids_of(lambda scene: scene["properties"].get(name) is not None and matches(scene["properties"][name]))


ALL = ids_of(lambda _: True)
IN_AREA = ids_of(lambda scene: shapely.geometry.shape(scene["geometry"]).intersects(AREA))
SECOND_DAY = of("datetime", lambda moment: moment.startswith("2024-01-02"))
CLEAR = of("eo:cloud_cover", lambda cover: cover < 10)
SEARCHES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "ids": ({"ids": ["scene-001", "scene-007", "nothing"]}, {"scene-001", "scene-007"}),
    "id": ({"ids": "scene-001"}, {"scene-001"}),
    "bbox": ({"bbox": list(AREA.bounds)}, IN_AREA),
    "bbox-text": ({"bbox": "-10,40,20,60"}, IN_AREA),
    "bbox-heights": ({"bbox": [-10, 40, -100, 20, 60, 9000]}, IN_AREA),
    "intersects": ({"intersects": shapely.geometry.mapping(AREA)}, IN_AREA),
    "intersects-shape": ({"intersects": AREA}, IN_AREA),
    "moment": ({"datetime": datetime(2024, 1, 2, 6, tzinfo=UTC)}, SECOND_DAY),
    "day": ({"datetime": "2024-01-02"}, SECOND_DAY),
    "month": ({"datetime": "2024-01"}, ALL),
    "interval": ({"datetime": ["2024-01-02T00:00:00Z", "2024-01-02T23:59:59Z"]}, SECOND_DAY),
    "open": ({"datetime": "2024-01-03/.."}, of("datetime", lambda moment: moment > "2024-01-03")),
    "query": ({"query": {"eo:cloud_cover": {"lt": 10}}}, CLEAR),
    "query-text": ({"query": ["eo:cloud_cover<10"]}, CLEAR),
    "query-eq": ({"query": {"gsd": {"eq": 20}}}, of("gsd", lambda gsd: gsd == 20)),
    "query-neq": ({"query": {"gsd": {"neq": 20}}}, of("gsd", lambda gsd: gsd != 20)),
    "query-range": ({"query": {"gsd": {"gte": 20, "lte": 20}}}, of("gsd", lambda gsd: gsd == 20)),
    "query-gt": ({"query": {"gsd": {"gt": 20}}}, of("gsd", lambda gsd: gsd > 20)),
    "query-in": ({"query": {"platform": {"in": ["landsat-8"]}}}, of("platform", lambda name: name == "landsat-8")),
    "query-start": ({"query": {"platform": {"startsWith": "sent"}}}, of("platform", lambda name: name[:4] == "sent")),
    "query-end": ({"query": {"platform": {"endsWith": "-2b"}}}, of("platform", lambda name: name[-3:] == "-2b")),
    "query-part": ({"query": {"platform": {"contains": "l-2"}}}, of("platform", lambda name: "l-2" in name)),
    "filter-text": ({"filter": "eo:cloud_cover < 10"}, CLEAR),
    "filter-json": (
        {"filter": {"op": "<", "args": [{"property": "eo:cloud_cover"}, 10]}, "filter_lang": "cql2-json"},
        CLEAR,
    ),
    "filter-null": ({"filter": "platform IS NULL"}, ids_of(lambda scene: "platform" not in scene["properties"])),
    "filter-place": ({"filter": "S_INTERSECTS(geometry, BBOX(-10, 40, 20, 60))"}, IN_AREA),
    "filter-time": (
        {"filter": "T_DURING(datetime, INTERVAL('2024-01-02T00:00:00Z', '2024-01-03T00:00:00Z'))"},
        SECOND_DAY,
    ),
    "several": (
        {"bbox": list(AREA.bounds), "filter": "eo:cloud_cover < 10", "query": {"gsd": {"gt": 10}}, "datetime": "2024"},
        IN_AREA & CLEAR & of("gsd", lambda gsd: gsd > 10),
    ),
}


def test_client_finds_what_the_documents_say_by_get_and_post(catalog, subtests):
    for (name, (parameters, expected)), method in product(SEARCHES.items(), METHODS):
        with subtests.test(search=name, method=method):
            search = catalog.search(method=method, collections=["scenes"], limit=23, **parameters)
            found = [item.id for item in search.items()]
            assert expected
            assert sorted(found) == sorted(expected)
            assert search.matched() == len(expected)


def test_client_opens_and_walks_the_catalog(catalog):
    assert catalog.title == "Geodata"
    assert [collection.id for collection in catalog.get_collections()] == ["scenes", "scratch", "slides"]
    assert {collection.id for collection in catalog.get_children()} == {"scenes", "scratch", "slides"}
    scenes = catalog.get_collection("scenes")
    assert {item.id for item in scenes.get_items()} == ALL
    item = scenes.get_item("scene-009")
    assert item.get_collection().id == "scenes"
    assert item.geometry == SCENES[9]["geometry"]
    assert item.properties == SCENES[9]["properties"]
    assert catalog.get_collection("slides").get_item("slide-1").geometry is None
    for each in (catalog, scenes, item):
        each.validate()


@pytest.mark.parametrize("method", METHODS)
def test_client_pages_without_duplicates(catalog, method):
    search = catalog.search(method=method, limit=7)
    pages = [[item.id for item in page.items] for page in search.pages()]
    assert [len(page) for page in pages] == [7] * 9 + [3]
    assert len({item_id for page in pages for item_id in page}) == ITEMS + 6
    assert search.matched() == ITEMS + 6


@pytest.mark.parametrize("method", METHODS)
def test_client_gets_no_more_than_it_asks_for(catalog, method):
    assert len(catalog.search(method=method, max_items=11, limit=4).item_collection()) == 11
    assert len(catalog.search(method=method, max_items=3, limit=100).item_collection_as_dict()["features"]) == 3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "sortby",
    [
        ["-properties.eo:cloud_cover", "+id"],
        "-eo:cloud_cover,id",
        [{"field": "properties.eo:cloud_cover", "direction": "desc"}, {"field": "id", "direction": "asc"}],
    ],
    ids=["list", "text", "objects"],
)
def test_client_sorts(catalog, method, sortby):
    search = catalog.search(method=method, collections=["scenes"], sortby=sortby, limit=7)

    def order(scene: dict[str, Any]) -> tuple[float, str]:
        return -scene["properties"].get("eo:cloud_cover", -1), scene["id"]

    assert [item.id for item in search.items()] == [scene["id"] for scene in sorted(SCENES, key=order)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("fields", "has", "lacks"),
    [
        (["id", "properties.gsd"], "properties", "assets"),
        ("+id,-links", "id", "links"),
        ({"exclude": ["assets", "links"]}, "properties", "assets"),
        ({"include": ["bbox"], "exclude": ["geometry"]}, "bbox", "geometry"),
    ],
)
def test_client_trims(catalog, method, fields, has, lacks):
    search = catalog.search(method=method, collections=["scenes"], fields=fields, limit=20)
    items = list(search.items_as_dicts())
    assert len({item["id"] for item in items}) == ITEMS
    assert all(has in item and lacks not in item for item in items)


def test_client_searches_collections(catalog):
    def found(**parameters: Any) -> list[str]:
        search = catalog.collection_search(**parameters)
        collections = [collection.id for collection in search.collections()]
        assert search.matched() == len(collections)
        return collections

    assert found(limit=1) == ["scenes", "scratch", "slides"]
    assert found(bbox=[95, 71, 96, 72]) == ["scratch", "slides"]
    assert found(datetime="2022") == []
    assert found(datetime="2023-12") == ["scenes", "scratch", "slides"]
    assert found(q="scratch") == ["scratch"]
    assert found(q="generated", bbox=[0, 40, 1, 41], datetime="2024", limit=1) == ["scenes", "slides"]
    assert len(catalog.collection_search(max_collections=2, limit=1).collection_list()) == 2


def test_client_reads_what_can_be_queried(catalog):
    properties = catalog.get_queryables()["properties"]
    assert {"id", "datetime", "geometry", "eo:cloud_cover", "slide:stain"} <= properties.keys()
    of_scenes = catalog.get_collection("scenes").get_queryables()["properties"]
    assert of_scenes["eo:cloud_cover"]["type"] == "number"
    assert "slide:stain" not in of_scenes
    merged = catalog.get_merged_queryables(["scenes", "slides"])["properties"]
    assert {"eo:cloud_cover", "slide:stain", "datetime"} <= merged.keys()


def test_client_shows_the_address_of_a_search(catalog):
    search = catalog.search(
        method="GET", collections=["scenes"], filter="gsd = 10", sortby="-datetime", fields=["id"], limit=2
    )
    answer = catalog._stac_io.session.get(search.url_with_parameters())
    assert answer.status_code == 200
    assert answer.json()["numberMatched"] == len(of("gsd", lambda gsd: gsd == 10))


def test_client_finds_tiles_by_web_map_links(catalog):
    Item.objects.filter(item_id="scene-003").update(asset_files={"image": "5f0c"})
    (item,) = catalog.search(ids=["scene-003"]).items()
    template = item.get_single_link("xyz").href
    assert template.endswith("/tiles/scenes/scene-003/image/tiles/{z}/{x}/{y}.webp")
    assert item.get_single_link("tilejson").media_type == "application/json"


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"bbox": [200, 0, 201, 1]}, "bbox: "),
        ({"filter": {"op": "near", "args": []}}, "filter: "),
        ({"sortby": "geometry"}, "sortby: "),
    ],
)
def test_client_is_told_what_is_wrong(catalog, parameters, named):
    with pytest.raises(APIError, match=named):
        catalog.search(**parameters).item_collection()


@pytest.mark.parametrize("signed_in", [False, True])
def test_client_sees_private_collections_of_its_token(served: Served, signed_in):
    Collection.objects.filter(pk="slides").update(visibility="private")
    headers = {"Authorization": f"Bearer {served.token}"} if signed_in else {}
    client = pystac_client.Client.open(served.stac, headers=headers)
    assert ("slides" in {each.id for each in client.get_collections()}) is signed_in
    assert client.search(collections=["slides"]).matched() == (6 if signed_in else 0)
    _close(client)
