"""Footprints of a search as vector tiles."""

import mapbox_vector_tile  # type: ignore[import-untyped]
import pytest
import shapely
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import GEOSGeometry

from catalog.models import Collection
from catalog.querying.finding import Sight
from catalog.querying.query import SearchQuery
from catalog.services.collections.prepared_tallies import tally_anew
from catalog.services.items.editing import create_item
from catalog.stac.footprints import tiles
from tests.catalog.factories import MembershipFactory, UserFactory
from tests.catalog.stac.records import add_collection, add_item, add_items

pytestmark = pytest.mark.django_db
WORLD = "/stac/footprints/0/0/0.mvt"
ITEM = {
    "type": "Feature", "stac_version": "1.1.0", "id": "new", "geometry": {"type": "Point", "coordinates": [1, 2]},
    "links": [], "bbox": [1, 2, 1, 2], "properties": {"datetime": "2024-01-01T00:00:00Z"}, "assets": {},
}  # fmt: skip


def features(client, path=WORLD, **params):
    answer = client.get(path, params)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    layer = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})["footprints"]
    assert layer["extent"] == 4096
    return layer["features"]


def ids(client, path=WORLD, **params):
    return sorted(feature["properties"]["id"] for feature in features(client, path, **params))


def shapes(client, path):
    return [shapely.geometry.shape(feature["geometry"]) for feature in features(client, path)]


def test_tile_has_footprints_with_their_id_collection_and_time(client):
    add_item(add_collection(), bbox=(0, 0, 90, 66.51326))
    (feature,) = features(client)
    assert feature["properties"] == {"id": "scene-1", "collection": "scenes", "datetime": "2024-01-01T00:00:00Z"}
    # A quarter of the way east, and from the equator a quarter of the way up.
    assert shapely.geometry.shape(feature["geometry"]).bounds == (2048, 1024, 3072, 2048)


def test_tile_cuts_footprints_off_around_its_edge(client):
    add_item(add_collection(), bbox=(-90, -50, 90, 50))
    (shape,) = shapes(client, "/stac/footprints/2/2/1.mvt")
    assert (shape.bounds[0], shape.bounds[2:]) == (-64, (4096, 4160))
    # Within the footprint, and beside it: of the neighbour only what lies around the edge.
    (shape,) = shapes(client, "/stac/footprints/9/300/256.mvt")
    assert shape.bounds == (-64, -64, 4160, 4160)
    (shape,) = shapes(client, "/stac/footprints/9/384/256.mvt")
    assert shape.bounds[0] == -64
    assert shape.bounds[2] == 0
    assert features(client, "/stac/footprints/4/15/15.mvt") == []


def test_tile_shows_what_is_too_small_as_a_point(client):
    add_item(add_collection(), bbox=(10.0, 50.0, 10.001, 50.001))
    (feature,) = features(client)
    assert feature["geometry"]["type"] == "Point"
    (feature,) = features(client, "/stac/footprints/14/8647/5556.mvt")
    assert feature["geometry"]["type"] == "Polygon"


@pytest.mark.parametrize(
    "wkt",
    [
        "POINT (10 50)",
        "LINESTRING (10 50, 40 20)",
        "MULTIPOLYGON (((170 0, 180 0, 180 10, 170 10, 170 0)), ((-180 0, -170 0, -170 10, -180 10, -180 0)))",
        "GEOMETRYCOLLECTION (POINT (10 50), POLYGON ((0 0, 30 0, 30 30, 0 0)))",
        "POLYGON ((-180 -90, 180 -90, 180 90, -180 90, -180 -90))",
        "POLYGON ((0 0, 60 0, 60 60, 0 60, 0 0), (20 20, 40 20, 40 40, 20 40, 20 20))",
    ],
)
def test_tile_has_geometries_of_every_type(client, wkt):
    add_item(add_collection(), bbox=None, geometry=GEOSGeometry(wkt, srid=4326))
    found = shapes(client, WORLD)
    assert found
    assert all(shape.is_valid and not shape.is_empty for shape in found)
    if "), (20" in wkt:
        assert len(found[0].interiors) == 1


def test_tile_has_what_the_search_finds(client):
    items = add_items(add_collection(), 3)
    items[0].properties["eo:cloud_cover"] = 3
    items[0].save()
    add_item(add_collection("other"), "else", bbox=(100, 10, 110, 20))
    add_item(Collection.objects.get(pk="other"), "slide", bbox=None)
    assert ids(client) == ["else", "scene-000", "scene-001", "scene-002"]
    assert ids(client, collections="other") == ["else"]
    assert ids(client, ids="scene-001,slide") == ["scene-001"]
    assert ids(client, filter='"eo:cloud_cover" < 5') == ["scene-000"]
    assert ids(client, bbox="95,5,120,30") == ["else"]
    assert ids(client, datetime="2024-01-02T00:00:00Z/..") == ["scene-001", "scene-002"]
    assert ids(client, q="else") == ["else"]


def test_tile_has_the_first_of_too_many(client, settings):
    settings.STAC = {"max_tile_features": 2}
    add_items(add_collection(), 5)
    assert ids(client) == ["scene-003", "scene-004"]
    assert ids(client, sortby="id") == ["scene-000", "scene-001"]


def test_tile_shows_only_what_its_reader_sees(client, api):
    private = add_collection("private", visibility=Collection.Visibility.PRIVATE)
    add_item(private)
    assert ids(client) == ids(api) == []
    MembershipFactory(collection=private, user=(member := UserFactory()))
    api.force_authenticate(member)
    assert ids(api) == ["scene-1"]


def test_tile_is_not_sent_again_while_nothing_changes(client):
    collection = add_collection()
    add_item(collection)
    etag = client.get(WORLD)["ETag"]
    known = {"If-None-Match": etag}
    answer = client.get(WORLD, headers=known)
    assert (answer.status_code, answer.content) == (304, b"")
    add_item(collection, "scene-2")
    assert client.get(WORLD, headers=known).status_code == 200


def test_tilejson_leads_to_the_tiles_of_the_same_search(client):
    add_item(add_collection())
    add_item(add_collection("other"), "else")
    document = client.get("/stac/footprints/tilejson.json", {"collections": "other"}).json()
    assert document["vector_layers"][0]["id"] == "footprints"
    path = document["tiles"][0].removeprefix("http://testserver").format(z=0, x=0, y=0)
    assert ids(client, path) == ["else"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/stac/footprints/0/1/0.mvt", 404),
        ("/stac/footprints/25/0/0.mvt", 404),
        (f"/stac/footprints/{'9' * 400}/0/0.mvt", 404),
        (f"/stac/footprints/3/{'9' * 5000}/0.mvt", 404),
        ("/stac/footprints/-1/0/0.mvt", 404),
        (f"{WORLD}?bbox=1", 400),
        (f"{WORLD}?filter=nope(", 400),
        (f"{WORLD}?colour=red", 400),
        ("/stac/footprints/tilejson.json?colour=red", 400),
    ],
)
def test_tile_that_can_not_be_is_refused(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    if path.startswith(WORLD):
        assert answer.json().keys() == {"code", "description"}


@pytest.mark.database
@pytest.mark.parametrize("is_kept", [False, True])
def test_tile_of_too_many_counts_all_by_cells(settings, monkeypatch, is_kept):
    settings.STAC = {"max_tile_features": 3, "crowded_tile_features": 2}
    collection = add_collection()
    add_items(collection, 5)
    add_item(collection, "far", bbox=(100, -50, 101, -49))
    if is_kept:
        tally_anew(collection.pk)
        monkeypatch.setattr(tiles, "_counted", None)
    sight = Sight(frozenset([collection.pk]), reader=None, version="")
    drawn = tiles.footprint_tile(SearchQuery(), user=AnonymousUser(), z=0, x=0, y=0, sight=sight)
    tile = mapbox_vector_tile.decode(drawn, default_options={"y_coord_down": True})
    assert len(tile["footprints"]["features"]) == 2
    counts = {
        shapely.geometry.shape(each["geometry"]).bounds: each["properties"]["count"]
        for each in tile["density"]["features"]
    }
    assert sorted(counts.values()) == [1, 5]
    ((west, north, east, south),) = [bounds for bounds, count in counts.items() if count == 1]
    assert (east - west, south - north) == (64, 64)
    assert west <= 4096 * (100.5 + 180) / 360 <= east


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_tile_is_drawn_once_for_all_who_see_the_same(client, api, django_assert_num_queries):
    collection = add_collection("public")
    add_item(collection)
    private = add_collection("private", visibility=Collection.Visibility.PRIVATE)
    add_item(private, "hidden")
    MembershipFactory(collection=private, user=(member := UserFactory()))
    for params in ({}, {"collections": "public,private"}):
        assert ids(client, **params) == ["scene-1"]
        with django_assert_num_queries(0):
            assert ids(client, **params) == ["scene-1"]
        api.force_authenticate(member)
        assert ids(api, **params) == ["hidden", "scene-1"]
    create_item(user=UserFactory(is_superuser=True), collection_id="public", document=ITEM)
    assert ids(client) == ids(client, collections="public") == ["new", "scene-1"]
