"""Named renderings: written with the collection, linked by items, drawn by tiles."""

from urllib.parse import urlsplit

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Collection
from catalog.services.collections.editing import write_collection
from tests.catalog.stac import stac_documents

COLLECTION, ITEM = "/stac/collections/scenes", "/stac/collections/scenes/items/scene"
TILE, ASSET_TILE = "/tiles/scenes/scene/tiles/11/1109/735.png", "/tiles/scenes/scene/data/tiles/11/1109/735.png"
RENDERS = {
    "dark": {
        "title": "Dark & grey",
        "assets": ["data"],
        "bidx": [1],
        "rescale": [[0, 1000]],
        "colormap_name": "viridis",
        "minmax_zoom": [3, 12],
    },
    "other": {"assets": ["nir"], "rescale": [[0, 1]]},
}


@pytest.fixture
def scene(scene, api):
    assert api.patch(COLLECTION, {"renders": RENDERS}, format="json").status_code == 204
    return scene


def test_collection_says_its_renders_and_the_extension(api, scene):
    del scene
    document = api.get(COLLECTION).json()
    assert document["renders"] == RENDERS
    assert "https://stac-extensions.github.io/render/v2.0.0/schema.json" in document["stac_extensions"]


@pytest.mark.usefixtures("scene")
def test_item_links_the_renders_whose_assets_it_has(api):
    exported = api.get("/stac/export", {"f": "geojson"}).getvalue()
    for document in (
        api.get(ITEM).json(),
        *api.get("/stac/search").json()["features"],
        *orjson.loads(exported)["features"],
    ):
        named = {link["rel"]: link for link in document["links"] if link.get("title") == "Dark & grey"}
        assert set(named) == {"xyz", "tilejson"}
        assert named["xyz"]["href"].endswith("/tiles/scenes/scene/tiles/{z}/{x}/{y}.webp?render=dark")
        assert not [link for link in document["links"] if "render=other" in link["href"]]
        tilejson = Client().get(named["tilejson"]["href"].removeprefix("http://testserver")).json()
        assert (tilejson["name"], tilejson["minzoom"], tilejson["maxzoom"]) == ("Dark & grey", 3, 12)
        assert "colormap_name=viridis" in tilejson["tiles"][0]
        assert urlsplit(tilejson["tiles"][0]).path == "/tiles/scenes/scene/tiles/{z}/{x}/{y}.webp"


@pytest.mark.usefixtures("scene")
def test_tile_of_a_render_is_that_of_its_parameters():
    client = Client()
    query = "bidx=1&rescale=0,1000&colormap_name=viridis"
    plain, named = client.get(f"{TILE}?{query}&assets=data"), client.get(f"{TILE}?render=dark")
    assert named.status_code == 200
    assert (named.content, named["ETag"]) == (plain.content, plain["ETag"])
    assert client.get(f"{ASSET_TILE}?render=dark").content == plain.content
    assert client.get(TILE).content != plain.content
    other = client.get(f"{ASSET_TILE}?render=dark&colormap_name=gray")
    assert other.content == client.get(f"{ASSET_TILE}?bidx=1&rescale=0,1000&colormap_name=gray").content


@pytest.mark.usefixtures("scene")
def test_tile_of_a_render_asks_the_database_once():
    client = Client()
    client.get(f"{TILE}?render=dark")
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"{TILE}?render=dark").status_code == 200
    assert not queries.captured_queries


@pytest.mark.usefixtures("scene")
def test_tile_of_a_render_that_is_not_there_is_refused():
    answer = Client().get(f"{TILE}?render=bright")
    assert answer.status_code == 400
    assert "dark, other" in answer.json()["description"]
    assert Client().get(f"{TILE}?render=").status_code == 400
    assert Client().get(f"{TILE}?render=other").status_code == 404


@pytest.mark.usefixtures("scene")
def test_renders_of_a_hidden_collection_are_not_told():
    Collection.objects.update(visibility=Collection.Visibility.PRIVATE)
    answers = [Client().get(f"{TILE}?render={name}") for name in ("dark", "bright")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "dark" not in answers[1].json()["description"]


@pytest.mark.usefixtures("scene")
def test_etag_of_an_item_changes_with_the_renders_and_not_with_other_items(api):
    before = api.get(ITEM)["ETag"]
    assert api.get(ITEM, headers={"If-None-Match": before}).status_code == 304
    api.patch(COLLECTION, {"title": "Renamed"}, format="json")
    assert api.get(ITEM)["ETag"] == before
    api.patch(COLLECTION, {"renders": {"other": None}}, format="json")
    after = api.get(ITEM)["ETag"]
    assert after != before
    patch = {"properties": {"title": "New"}}
    assert api.patch(ITEM, patch, format="json", headers={"If-Match": before}).status_code == 412
    answer = api.patch(ITEM, patch, format="json", headers={"If-Match": after})
    assert answer.status_code == 204
    assert answer["ETag"] == api.get(ITEM)["ETag"]
    api.patch(COLLECTION, {"renders": None}, format="json")
    assert "renders" not in api.get(COLLECTION).json()
    assert "render=" not in api.get(ITEM).content.decode()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([], "renders"),
        ({"a": 7}, "renders.a"),
        ({"a": {}}, "renders.a.assets"),
        ({"a": {"assets": []}}, "renders.a.assets"),
        ({"a": {"assets": [1]}}, "renders.a.assets"),
        ({"a": {"assets": ["x"], "title": 5}}, "renders.a.title"),
        ({"a": {"assets": ["x"], "colour": "red"}}, "renders.a.colour"),
        ({"a": {"assets": ["x"], "rescale": [[5, 1]]}}, "rescale"),
        ({"a": {"assets": ["x"], "colormap_name": "nope"}}, "nope"),
        ({"a": {"assets": ["x"], "resampling": {"a": 1}}}, "resampling"),
        ({"a": {"assets": ["x"], "minmax_zoom": [9, 2]}}, "minmax_zoom"),
        ({f"r{n}": {"assets": ["x"]} for n in range(101)}, "100"),
    ],
)
def test_renders_that_could_not_be_drawn_are_refused(api, collection, given, named):
    del collection
    for answer in (
        api.patch(COLLECTION, {"renders": given}, format="json"),
        api.put(COLLECTION, stac_documents.collection("scenes", renders=given), format="json"),
        api.post("/stac/collections", stac_documents.collection("new", renders=given), format="json"),
    ):
        assert answer.status_code == 400
        assert named in answer.json()["description"]


@pytest.mark.usefixtures("scene")
def test_renders_of_a_loaded_collection_that_only_others_know_stay_without_links(api):
    odd = {"odd": {"assets": ["data"], "magic": 1}}
    write_collection(document=stac_documents.collection("scenes", renders=odd), owner=None)
    assert api.patch(COLLECTION, {"title": "Renamed"}, format="json").status_code == 204
    assert api.get(COLLECTION).json()["renders"] == odd
    assert "render=" not in api.get(ITEM).content.decode()
