"""What the files of a search's items say of themselves: of each what its own route says, to who may see it."""

import pytest
from django.test import Client
from osgeo import gdal

from catalog.models import ChecksumFile, Collection
from catalog.services.access import imagery as imagery_access
from catalog.services.collections.lifecycle import update_collection
from tests.catalog.imagery import ingest_upload
from tests.catalog.test_mosaics import _register, add_scene  # noqa: F401  A fixture.
from tests.tiles.rasters import Recipe, write
from tiles.sources.pool import POOL

ROUTES = ("info/frames", "info/metadata_internal")


@pytest.fixture
def searched(collection, add_scene):  # noqa: F811
    """Return the path of a layer of three scenes, the last of them the newest."""
    for name, days in (("a", 9), ("b", 5), ("c", 0)):
        add_scene(collection, name, shade=90, days=days)
    return f"/tiles/searches/{_register({'collections': ['scenes']})}/"


def _ask(path, client=None):
    answer = (client or Client()).get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("route", ROUTES)
def test_members_say_what_each_of_them_says(searched, route):
    found = _ask(searched + route)["items"]
    assert [each["id"] for each in found] == ["a", "b", "c"]
    for each in found:
        alone = _ask(f"/tiles/scenes/{each['id']}/{route}")
        assert each == {"collection": "scenes", "id": each["id"], **alone}


@pytest.mark.parametrize("route", ROUTES)
def test_members_come_in_pages(searched, route):
    first = _ask(f"{searched}{route}?limit=2")
    assert [each["id"] for each in first["items"]] == ["a", "b"]
    assert first["previous"] is None
    last = _ask(first["next"])
    assert ([each["id"] for each in last["items"]], last["next"]) == (["c"], None)
    assert _ask(last["previous"])["items"] == first["items"]


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1"])
def test_members_of_a_page_of_another_size_are_refused(searched, limit):
    answer = Client().get(f"{searched}info/frames?limit={limit}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert "limit must be a whole number within 1-100" in answer.json()["description"]


def test_members_of_a_box_are_those_that_meet_it(searched):
    inside = _ask(f"{searched}info/frames?bbox=15.02,45.12,15.03,45.13")["items"]
    assert len(inside) == 3
    metres = "bbox=501000,4999000,501100,4999100&bbox_crs=EPSG:32633"
    assert _ask(f"{searched}info/frames?{metres}")["items"] == inside
    for outside in ("15.2,45.12,15.3,45.13", "179,-10,-179,10"):
        assert _ask(f"{searched}info/frames?bbox={outside}")["items"] == []


@pytest.mark.parametrize("route", ROUTES)
def test_members_are_those_that_the_reader_sees(searched, collection, user, route):
    update_collection(user=user, collection_id=collection.pk, visibility=Collection.Visibility.PRIVATE)
    imagery_access._sight.clear()
    assert _ask(searched + route)["items"] == []
    owner = Client()
    owner.force_login(user)
    assert len(_ask(searched + route, owner)["items"]) == 3


def test_members_whose_file_is_gone_say_so(searched):
    POOL.close()
    file = ChecksumFile.objects.get(name="b.tif")
    file.blob.delete(save=False)
    found = _ask(f"{searched}info/frames")["items"]
    alone = Client().get("/tiles/scenes/b/info/frames")
    assert found[1] == {"collection": "scenes", "id": "b", **alone.json()}
    assert [each["count"] for each in (found[0], found[2])] == [1, 1]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("bbox=1,2,3", 400),
        ("left=1&top=1&right=2&bottom=2&units=pixels", 400),
        ("cursor=none", 404),
        ("bbox_crs=x&bbox=1,2,3,4", 400),
    ],
)
def test_members_asked_for_wrongly_say_why(searched, query, status):
    answer = Client().get(f"{searched}info/frames?{query}")
    assert answer.status_code == status
    assert answer.json().keys() == {"code", "description"}


@pytest.fixture
def cubes(collection, user, tmp_path, django_capture_on_commit_callbacks):
    """Return the path of a layer of two files of the variables Band1 and Band2, side by side, and one of Band1 only."""
    for name, west, bands in (("left", 10, 2), ("right", 11, 2), ("poor", 12, 1)):
        recipe = Recipe(epsg=4326, bounds=(west, 45, west + 1, 46), bands=bands, size=64, overviews=False)
        plain = write(recipe, tmp_path / f"{name}.tif")
        gdal.Translate(str(tmp_path / f"{name}.nc"), str(plain), format="netCDF")
        with django_capture_on_commit_callbacks(execute=True):
            ingest_upload(tmp_path / f"{name}.nc", user=user, collection=collection)
    return f"/tiles/searches/{_register({'collections': ['scenes']})}/"


def test_variable_that_is_named_is_the_one_that_is_read(cubes):
    point = "10.2,45.3"
    first, second = (
        _ask(f"/tiles/scenes/left/data/point/{point}?subdataset={name}")["values"] for name in ("Band1", "Band2")
    )
    assert first != second
    assert _ask(f"{cubes}data/point/{point}?subdataset=Band1")["values"] == first
    assert _ask(f"{cubes}data/point/{point}?subdataset=Band2")["values"] == second
    profile = _ask(f"{cubes}data/profile?line=10.2,45.3,12.2,45.3&samples=3&subdataset=Band2")
    assert profile["values"][0][0] == second[0]
    assert profile["values"][0][2] is None
    assert {each["id"] for each in profile["items"]} == {"left", "right"}
    tiles = [Client().get(f"{cubes}tiles/8/135/91.png?rescale=0,255&subdataset={name}") for name in ("Band1", "Band2")]
    assert tiles[0].content != tiles[1].content
    assert tiles[0]["ETag"] != tiles[1]["ETag"]
    assert "subdataset=Band2" in _ask(f"{cubes}tilejson.json?subdataset=Band2")["tiles"][0]
    registered = _register({"collections": ["scenes"], "metadata": {"rendering": {"subdataset": "Band2"}}})
    assert _ask(f"/tiles/searches/{registered}/data/point/{point}")["values"] == second
    assert _ask(f"/tiles/searches/{registered}/data/point/{point}?subdataset=Band1")["values"] == first


def test_variable_that_no_file_has_is_refused(cubes):
    for route in ("data/point/10.5,45.5?", "data/histogram?", "info/bands?", "tiles/8/135/91.png?", "tilejson.json?"):
        answer = Client().get(f"{cubes}{route}subdataset=Band3")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter"), route
        assert "Band1, Band2" in answer.json()["description"]
    found = {each["id"]: each for each in _ask(f"{cubes}info/frames?subdataset=Band2")["items"]}
    assert found["left"]["count"] == found["right"]["count"] == 1
    assert found["poor"]["code"] == "invalid_parameter"
