"""The routes of one asset's imagery: who may, what it costs, what comes back."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog.api import tallies
from catalog.api.throttling import count_rendering
from catalog.imagery import ItemImagery
from catalog.models import Collection
from catalog.services.collections.lifecycle import update_collection
from tests.catalog.factories import ItemFactory, MembershipFactory, UserFactory

TILE = "/tiles/scenes/scene/data/tiles/11/1109/735.png"


def _make_private(collection):
    Collection.objects.filter(pk=collection.pk).update(visibility="private")


def test_datetime_shows_an_item_of_that_time_only(scene):
    own = scene.start_datetime.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    answers = {own: 200, f"{own}/..": 200, "../2001-01-01T00:00:00Z": 404, "2099-01-01T00:00:00Z/..": 404,
               "yesterday": 400, "../..": 400, "": 400}  # fmt: skip
    for text, status in answers.items():
        for route in (TILE, "/tiles/scenes/scene/tilejson.json", "/tiles/scenes/scene/data/data/preview.png"):
            answer = Client().get(route, {"datetime": text})
            assert answer.status_code == status, (route, text, answer.content)
            assert status == 200 or answer.json()["code"] in {"outside_bounds", "invalid_parameter"}


def test_tile_of_a_public_item_asks_the_database_once(scene):
    del scene
    client = Client()
    assert client.get(TILE).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as queries:
        again = client.get(TILE)
    assert again.status_code == 200
    assert not queries.captured_queries
    assert again["Cache-Control"] == "public, max-age=3600, stale-while-revalidate=60"


def test_tile_known_to_the_client_is_not_sent_again(scene):
    del scene
    client = Client()
    etag = client.get(TILE)["ETag"]
    assert client.get(TILE, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("route", ["", "tilejson.json", "info/metadata", "data/thumbnail.png", "tiles/11/1109/735.png"])
def test_imagery_of_a_private_item_is_for_members(scene, route):
    _make_private(scene.collection)
    url = f"/tiles/scenes/scene/data/{route}"
    absent = Client().get(f"/tiles/scenes/absent/data/{route}").json()
    answer = Client().get(url)
    assert answer.status_code == 404
    assert answer.json() == {**absent, "description": absent["description"].replace("absent", "scene")}
    stranger, member = APIClient(), APIClient()
    stranger.force_authenticate(UserFactory())
    member.force_authenticate(MembershipFactory(collection=scene.collection, role="viewer").user)
    assert stranger.get(url).status_code == 404
    seen = member.get(url)
    assert seen.status_code == 200
    assert not seen.get("Cache-Control", "private").startswith("public")


def test_imagery_made_private_is_gone_at_once(scene, user, django_capture_on_commit_callbacks):
    client = Client()
    assert client.get(TILE).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        update_collection(user=user, collection_id=scene.collection_id, visibility="private")
    assert client.get(TILE).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/tiles/none/scene/data/tilejson.json", 404, "item_not_found"),
        ("/tiles/scenes/none/data/tilejson.json", 404, "item_not_found"),
        ("/tiles/scenes/scene/none/tilejson.json", 404, "asset_not_found"),
        ("/tiles/scenes/scene/data/tiles/11/0/0.png", 404, "outside_bounds"),
        ("/tiles/scenes/scene/data/tiles/99/0/0.png", 404, "outside_bounds"),
        ("/tiles/scenes/scene/data/tiles/11/99999999/0.png", 404, "outside_bounds"),
        ("/tiles/scenes/scene/data/tiles/11/-1/0.png", 404, "outside_bounds"),
        (TILE.replace(".png", ".gif"), 400, "unsupported_format"),
        (TILE + "?rescale=a,b", 400, "invalid_parameter"),
        (TILE + "?bidx=9", 400, "invalid_parameter"),
        (TILE + "?colormap_name=none", 400, "invalid_parameter"),
        (TILE + "?resampling=none", 400, "invalid_parameter"),
    ],
)
def test_imagery_asked_for_wrongly_says_why(scene, path, status, code):
    del scene
    answer = Client().get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/json"


def test_imagery_of_an_asset_that_was_not_admitted_is_not_found(collection):
    """A document may name any location; only what ingest admitted is opened."""
    ItemFactory(collection=collection, item_id="typed", assets={"data": {"href": "/etc/passwd"}})
    answer = Client().get("/tiles/scenes/typed/data/tilejson.json")
    assert (answer.status_code, answer.json()["code"]) == (404, "asset_not_found")


def test_find_imagery_of_a_file_of_another_collection_is_not_found(scene):
    """An item cannot borrow the file of a collection that its reader may not see."""
    thief = ItemFactory(item_id="thief", assets={"data": {}}, asset_files=scene.asset_files)
    answer = Client().get(f"/tiles/{thief.collection_id}/thief/data/tilejson.json")
    assert answer.status_code == 404


def test_tilejson_names_the_items_own_place(scene):
    document = Client().get("/tiles/scenes/scene/data/tilejson.json").json()
    assert document["bbox"] == scene.bbox
    assert document["tilejson"] == "3.0.0"


def test_visible_to_of_nobody_is_what_is_public(scene):
    _make_private(scene.collection)
    assert not Collection.objects.visible_to(AnonymousUser()).exists()


@pytest.mark.parametrize("route", ["", "tilejson.json", "info/metadata", "data/thumbnail.png", "tiles/11/1109/735.png"])
def test_imagery_of_an_item_is_that_of_its_first_asset(scene, route):
    del scene
    of_item, of_asset = (Client().get(f"/tiles/scenes/scene/{part}{route}") for part in ("", "data/"))
    assert of_item.status_code == 200
    if "tile" not in route and route:
        assert of_item.content == of_asset.content


def test_imagery_of_several_assets_is_one_picture(scene):
    scene.asset_files |= dict.fromkeys(("red", "green", "blue"), scene.asset_files["data"])
    scene.assets |= dict.fromkeys(("red", "green", "blue"), scene.assets["data"])
    scene.save()
    client = Client()
    answer = client.get("/tiles/scenes/scene/tiles/11/1109/735.png?assets=red,green,blue")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    tilejson = client.get("/tiles/scenes/scene/tilejson.json?assets=red,green,blue").json()
    assert "assets=red" in tilejson["tiles"][0]
    ratio = client.get("/tiles/scenes/scene/tiles/11/1109/735.png?assets=red,green&expression=b1/b2&rescale=0,2")
    assert ratio.status_code == 200
    absent = client.get("/tiles/scenes/scene/tiles/11/1109/735.png?assets=red,none")
    assert (absent.status_code, absent.json()["code"]) == (404, "asset_not_found")
    of_asset = client.get(f"{TILE}?assets=red,green")
    assert (of_asset.status_code, of_asset.json()["code"]) == (400, "invalid_parameter")


def test_imagery_of_several_assets_of_a_private_item_is_for_members(scene):
    _make_private(scene.collection)
    assert Client().get("/tiles/scenes/scene/tiles/11/1109/735.png?assets=data,data,data").status_code == 404


def test_item_links_tiles_as_stac_browser_looks_for_them(scene):
    """By its rules: links of these relations, in items that name the extension, shown by what their templates give."""
    del scene
    client = Client()
    item = client.get("/stac/collections/scenes/items/scene").json()
    assert any(each.startswith("https://stac-extensions.github.io/web-map-links/") for each in item["stac_extensions"])
    links = {
        each["rel"]: each for each in item["links"] if each["rel"] in {"xyz", "tilejson", "wmts", "wms", "pmtiles"}
    }

    assert links["xyz"]["type"].startswith("image/")
    address = links["xyz"]["href"].replace("{z}", "11").replace("{x}", "1109").replace("{y}", "735")
    assert client.get(address)["Content-Type"] == links["xyz"]["type"]
    assert links["tilejson"]["type"] == "application/json"
    document = client.get(links["tilejson"]["href"]).json()
    assert document["tiles"][0] == links["xyz"]["href"]
    assert document["minzoom"] <= document["maxzoom"]


def test_pictures_that_no_cache_has_are_bounded(client, scene, settings, monkeypatch):
    del scene
    settings.THROTTLES = {"tiles": "1/hour"}
    monkeypatch.setattr(ItemImagery, "admit_making", staticmethod(count_rendering))
    tallies.forget()
    asked = [client.get(f"/tiles/scenes/scene/data/tiles/14/{x}/5884.webp") for x in (8875, 8875, 8876)]
    assert [answer.status_code for answer in asked] == [200, 200, 429]
    assert asked[2].json()["code"] == "throttled"
    assert int(asked[2]["Retry-After"]) > 0
    tallies.forget()


def test_tile_says_its_stages_and_then_that_it_was_kept(client, scene):
    del scene
    address = "/tiles/scenes/scene/data/tiles/14/8875/5884.webp?rescale=0,211"
    stages = [each.partition(";dur=")[0] for each in client.get(address)["Server-Timing"].split(", ")]
    assert stages == ["open", "read", "render", "encode", "total"]
    assert client.get(address)["Server-Timing"] == "cache;desc=hit"
