"""Searches as layers: what is registered, which items make a tile, who sees them, what comes back."""

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from django.test import Client
from osgeo import gdal, osr
from rest_framework.test import APIClient

from catalog.models import Search
from catalog.services.collections.lifecycle import update_collection
from catalog.services.searches import mosaic
from catalog.services.searches import registering as searches
from tests.catalog.factories import CollectionFactory, ItemFactory, MembershipFactory, UserFactory
from tests.catalog.imagery import NORTH, PIXEL, SIZE, WEST, ingest_upload
from tiles.sources.pool import POOL
from tiles.styling.style import Style

NEWEST = datetime(2024, 5, 1, tzinfo=UTC)
# In the middle of the scenes' place.
ZXY = "12/2219/1471"


@pytest.fixture
def add_scene(user, tmp_path, django_capture_on_commit_callbacks):
    """Ingest a scene of one shade, as many days before the newest as asked; `half`: its western part only."""

    def add(collection, name, *, shade, days=0, half=False):
        path = tmp_path / f"{name}.tif"
        _write(path, shade, columns=SIZE // 2 if half else SIZE, days=days)
        with django_capture_on_commit_callbacks(execute=True):
            return ingest_upload(path, user=user, collection=collection)

    return add


def _write(path, shade, *, columns, days):
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), columns, SIZE, 1, gdal.GDT_Byte if shade < 256 else gdal.GDT_UInt16
    )
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((WEST, PIXEL, 0.0, NORTH, 0.0, -PIXEL))
    dataset.SetMetadataItem("TIFFTAG_DATETIME", (NEWEST - timedelta(days=days)).strftime("%Y:%m:%d %H:%M:%S"))
    dataset.GetRasterBand(1).Fill(shade)


def _register(body, client=None):
    answer = (client or Client()).post("/tiles/searches/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def _url(identifier, query=""):
    return f"/tiles/searches/{identifier}/tiles/{ZXY}.png{query}"


def _shades(answer):
    """Those in the tile, apart from seams: at least a hundred pixels have each."""
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.content
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    gray = pixels if pixels.ndim == 2 else pixels[:, :, 0][pixels[:, :, -1] > 0]
    values, counts = np.unique(gray, return_counts=True)
    return values[counts >= 100].tolist()


def _center():
    """Return the tile of zoom 12 at the scenes' middle."""
    from_utm, to_degrees = osr.SpatialReference(), osr.SpatialReference()
    from_utm.ImportFromEPSG(32633)
    to_degrees.ImportFromEPSG(4326)
    to_degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    middle = SIZE * PIXEL / 2
    return osr.CoordinateTransformation(from_utm, to_degrees).TransformPoint(WEST + middle, NORTH - middle)[:2]


def test_center_is_in_the_tile_of_these_tests():
    longitude, latitude = _center()
    y = (1 - np.arcsinh(np.tan(np.radians(latitude))) / np.pi) / 2
    assert f"12/{int((longitude + 180) / 360 * 4096)}/{int(y * 4096)}" == ZXY


def test_tile_shows_the_newest_and_older_ones_where_it_is_not(collection, add_scene):
    add_scene(collection, "old", shade=50, days=9)
    add_scene(collection, "new", shade=200, half=True)
    identifier = _register({"collections": ["scenes"]})
    assert _shades(Client().get(_url(identifier))) == [50, 200]
    oldest_first = _register({"collections": ["scenes"], "sortby": "+datetime"})
    assert _shades(Client().get(_url(oldest_first))) == [50]


@pytest.mark.parametrize(
    ("selection", "shades"), [("highest", [200]), ("lowest", [50]), ("mean", [120]), ("median", [110])]
)
def test_tile_by_pixel_selection_is_what_numpy_says(collection, add_scene, selection, shades):
    for days, shade in enumerate((110, 50, 200)):
        add_scene(collection, f"s{shade}", shade=shade, days=days)
    identifier = _register({"collections": ["scenes"]})
    assert _shades(Client().get(_url(identifier, f"?pixel_selection={selection}"))) == shades


def test_tile_of_counts_is_rescaled(collection, add_scene):
    for days in range(2):
        add_scene(collection, f"s{days}", shade=90, days=days)
    identifier = _register({"metadata": {"rendering": {"pixel_selection": "count", "rescale": "0,4"}}})
    found = _shades(Client().get(_url(identifier)))
    assert found == [128]


def test_tile_after_an_item_came_and_went_shows_it_and_not(
    collection, add_scene, api, django_capture_on_commit_callbacks
):
    identifier = _register({"collections": ["scenes"]})
    client = Client()
    assert client.get(_url(identifier)).status_code == 204
    add_scene(collection, "old", shade=50, days=9)
    before = client.get(_url(identifier))
    assert _shades(before) == [50]
    assert client.get(_url(identifier), headers={"If-None-Match": before["ETag"]}).status_code == 304
    add_scene(collection, "new", shade=200)
    after = client.get(_url(identifier), headers={"If-None-Match": before["ETag"]})
    assert _shades(after) == [200]
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete("/stac/collections/scenes/items/new").status_code == 204
    assert _shades(client.get(_url(identifier))) == [50]


def test_tile_shows_each_reader_what_they_may_see(add_scene, collection, user, django_capture_on_commit_callbacks):
    private = CollectionFactory(id="secret", visibility="private")
    add_scene(collection, "seen", shade=50, days=9)
    add_scene(private, "hidden", shade=200)
    identifier = _register({})
    member = APIClient()
    member.force_authenticate(MembershipFactory(collection=private, role="viewer").user)
    shown = member.get(_url(identifier))
    assert _shades(shown) == [200]
    assert shown["Cache-Control"].startswith("private")
    for stranger in (Client(), APIClient()):
        assert _shades(stranger.get(_url(identifier))) == [50]
        assert not stranger.get(f"/tiles/searches/{_register({'collections': ['secret']})}/tiles/{ZXY}/assets").json()[
            "items"
        ]
    with django_capture_on_commit_callbacks(execute=True):
        update_collection(user=user, collection_id="scenes", visibility="private")
    assert Client().get(_url(identifier)).status_code == 204
    assert _shades(member.get(_url(identifier))) == [200]


def test_tile_of_public_collections_may_be_kept_by_shared_caches(collection, add_scene):
    add_scene(collection, "one", shade=50)
    answer = Client().get(_url(_register({"collections": ["scenes"]})))
    assert answer["Cache-Control"] == "public, max-age=60, stale-while-revalidate=60"


def test_tile_asked_again_asks_the_database_nothing(collection, add_scene, django_assert_num_queries):
    add_scene(collection, "one", shade=50)
    url = _url(_register({"collections": ["scenes"]}))
    Client().get(url)
    with django_assert_num_queries(0):
        assert Client().get(url).status_code == 200


def test_tile_with_an_unreadable_item_is_not_kept(collection, add_scene):
    add_scene(collection, "old", shade=50, days=9)
    broken = add_scene(collection, "new", shade=200)
    for file in broken.collection.files.filter(name="new.tif"):
        file.blob.storage.delete(file.blob.name)
    POOL.close()
    answer = Client().get(_url(_register({"collections": ["scenes"]})))
    assert _shades(answer) == [50]
    assert (answer["Mosaic-Incomplete"], answer["Cache-Control"]) == ("unreadable", "no-store")


def test_tile_of_more_items_than_the_limit_says_so(collection, add_scene, settings):
    settings.TILES = {**settings.TILES, "limits": {"mosaic_items": 1}}
    add_scene(collection, "old", shade=50, days=9)
    add_scene(collection, "new", shade=200, half=True)
    url = _url(_register({"collections": ["scenes"]}))
    for _ in range(2):
        answer = Client().get(url)
        assert (_shades(answer), answer["Mosaic-Incomplete"]) == ([200], "items")


def test_tile_is_not_kept_from_its_images_by_items_without_any(collection, add_scene, settings):
    settings.TILES = {**settings.TILES, "limits": {"mosaic_items": 2}}
    scene = add_scene(collection, "old", shade=50, days=9)
    for _ in range(5):
        ItemFactory(
            collection=collection, geometry=scene.geometry, assets={"data": {"href": "https://example.org/a.tif"}}
        )
    for query in ("", "?assets=data"):
        answer = Client().get(_url(_register({"collections": ["scenes"]}), query))
        assert _shades(answer) == [50]
        assert "Mosaic-Incomplete" not in answer


def test_tile_items_are_those_that_were_used(collection, add_scene):
    add_scene(collection, "old", shade=50, days=9)
    add_scene(collection, "new", shade=200)
    identifier = _register({"collections": ["scenes"]})
    # Wholly within the scenes, at a higher zoom.
    longitude, latitude = _center()
    scale = 2**15
    x = int((longitude + 180) / 360 * scale)
    y = int((1 - np.arcsinh(np.tan(np.radians(latitude))) / np.pi) / 2 * scale)
    found = Client().get(f"/tiles/searches/{identifier}/tiles/WebMercatorQuad/15/{x}/{y}/assets").json()["items"]
    assert found == [
        {"collection": "scenes", "id": "new", "used": True},
        {"collection": "scenes", "id": "old", "used": False},
    ]


def test_tile_in_another_matrix_set_shows_the_same(collection, add_scene):
    add_scene(collection, "one", shade=50)
    identifier = _register({"collections": ["scenes"]})
    longitude, latitude = _center()
    span = 180 / 2**11
    place = f"WorldCRS84Quad/11/{int((longitude + 180) / span)}/{int((90 - latitude) / span)}"
    assert _shades(Client().get(f"/tiles/searches/{identifier}/tiles/{place}.png")) == [50]


def test_point_has_the_values_of_each_item(collection, add_scene):
    add_scene(collection, "old", shade=50, days=9)
    add_scene(collection, "new", shade=200)
    longitude, latitude = _center()
    identifier = _register({"collections": ["scenes"]})
    answer = Client().get(f"/tiles/searches/{identifier}/point/{longitude:.6f},{latitude:.6f}").json()
    assert [(each["id"], each["values"]) for each in answer["values"]] == [("new", [200]), ("old", [50])]


def test_tilejson_names_tiles_that_are_there(collection, add_scene):
    add_scene(collection, "one", shade=50)
    identifier = _register({"collections": ["scenes"], "metadata": {"name": "Scenes", "maxzoom": 12, "shared": True}})
    document = Client().get(f"/tiles/searches/{identifier}/tilejson.json?pixel_selection=mean&rescale=0,100").json()
    longitude, latitude = _center()
    west, south, east, north = document["bounds"]
    assert west < longitude < east
    assert south < latitude < north
    assert (document["name"], document["maxzoom"]) == ("Scenes", 12)
    z, x, y = ZXY.split("/")
    answer = Client().get(document["tiles"][0].format(z=z, x=x, y=y).replace(".webp", ".png"))
    assert _shades(answer) == [128]


def test_tilejson_of_few_items_has_their_bounds(collection, add_scene):
    add_scene(collection, "one", shade=50)
    half = add_scene(collection, "two", shade=50, half=True)
    document = Client().get(f"/tiles/searches/{_register({'ids': ['two']})}/tilejson.json").json()
    assert document["bounds"] == pytest.approx(list(half.geometry.extent), abs=1e-6)


def test_percent_in_bytes_is_stretched_in_a_layer_as_in_its_images(collection, add_scene):
    add_scene(collection, "low", shade=20, days=1)
    add_scene(collection, "high", shade=80, half=True)
    assert _shades(Client().get(_url(_register({"collections": ["scenes"]})))) == [0, 255]


def test_register_twice_gives_one_search(db):
    del db
    first = _register({"collections": ["a"], "limit": 5, "metadata": {"name": "A"}})
    again = _register({"metadata": {"name": "A"}, "collections": ["a"], "limit": None})
    assert first == again
    assert _register({"collections": ["b"], "metadata": {"name": "A"}}) != first
    document = Client().get(f"/tiles/searches/{first}/").json()
    assert document["links"][0]["href"] == f"http://testserver/tiles/searches/{first}/"
    assert Search.objects.get(pk=first).body == {"collections": ["a"]}


def test_register_of_people_who_are_not_signed_in_keeps_the_latest(monkeypatch, api):
    monkeypatch.setattr(searches, "MAX_ANONYMOUS", 2)
    owned = api.post("/tiles/searches/", {"ids": ["mine"]}).json()["id"]
    names = [_register({"ids": [name]}) for name in "abc"]
    assert set(Search.objects.values_list("pk", flat=True)) == {owned, *names[1:]}


def test_register_of_a_deeply_nested_search_is_refused(db):
    del db
    body = '{"filter": ' + "[" * 400 + "]" * 400 + "}"
    answer = Client().post("/tiles/searches/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], "body"),
        ({"colections": ["a"]}, "colections"),
        ({"bbox": [1, 2]}, "bbox"),
        ({"limit": 0}, "limit"),
        ({"sortby": 5}, "sortby"),
        ({"filter": {"op": "nonsense", "args": []}}, "filter"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"title": "x"}}, "metadata.title"),
        ({"metadata": {"minzoom": 9, "maxzoom": 3}}, "metadata.minzoom"),
        ({"metadata": {"minzoom": True}}, "metadata.minzoom"),
        ({"metadata": {"assets": []}}, "metadata.assets"),
        ({"metadata": {"assets": ["a"] * 17}}, "metadata.assets"),
        ({"metadata": {"rendering": {"rescale": "9"}}}, "metadata.rendering"),
        ({"metadata": {"rendering": {"rescale": 9}}}, "metadata.rendering.rescale"),
        ({"metadata": {"rendering": {"pixel_selection": "best"}}}, "metadata.rendering"),
        ({"metadata": {"rendering": {"bbox": "1"}}}, "metadata.rendering.bbox"),
        ({"metadata": {"name": "x" * 257}}, "metadata.name"),
        ({"q": "a\0b"}, "body"),
        ({"filter": {"op": "=", "args": [{"property": "a"}, "\0"]}}, "body"),
        ({"metadata": {"assets": ["\0"]}}, "body"),
    ],
)
def test_register_of_a_malformed_search_says_where(db, body, path):
    del db
    answer = Client().post("/tiles/searches/", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.json()["description"].startswith(f"{path}: ")
    assert not Search.objects.exists()


@pytest.mark.parametrize(
    ("route", "status", "code"),
    [
        (f"{'0' * 32}/", 404, "search_not_found"),
        ("%00/tilejson.json", 404, "search_not_found"),
        ("ID/tiles/12/0/9999.png", 404, "outside_bounds"),
        ("ID/tiles/99/0/0.png", 404, "outside_bounds"),
        ("ID/tiles/0/0/0.gif", 400, "unsupported_format"),
        ("ID/tiles/Nowhere/0/0/0.png", 404, "not_found"),
        ("ID/tiles/0/0/0.png?tileMatrixSetId=Nowhere", 400, "invalid_parameter"),
        (f"ID/tiles/{ZXY}.png?pixel_selection=best", 400, "invalid_parameter"),
        (f"ID/tiles/{ZXY}.png?bidx=7", 400, "invalid_parameter"),
        (f"ID/tiles/{ZXY}.png?algorithm=slope&pixel_selection=count", 400, "invalid_parameter"),
        (f"ID/tiles/{ZXY}.jpg?algorithm=terrarium", 400, "unsupported_format"),
        (f"ID/tiles/{ZXY}.tif?algorithm=slope", 400, "invalid_parameter"),
        (f"ID/tiles/{ZXY}.png?expression=b1%2F", 400, "invalid_parameter"),
        (f"ID/tiles/{ZXY}.png?assets=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", 400, "invalid_parameter"),
        (f"ID/tiles/{ZXY}.png?tilesize=3000", 400, "invalid_parameter"),
        (f"ID/tiles/{ZXY}/assets?pixel_selection=", 200, None),
        ("ID/point/200,0", 400, "invalid_parameter"),
        ("ID/point/1.2.3,0", 400, "invalid_parameter"),
        ("ID/tilejson.json?tile_format=gif", 400, "unsupported_format"),
    ],
)
def test_layer_asked_for_wrongly_says_why(collection, add_scene, route, status, code):
    add_scene(collection, "one", shade=50)
    answer = Client().get(f"/tiles/searches/{route.replace('ID', _register({}))}")
    assert (answer.status_code, answer.json().get("code")) == (status, code)


def test_stretch_is_that_of_all_items(collection, add_scene):
    """A dark image beside a bright one keeps its shade, where each by itself would be stretched to the same gray."""
    add_scene(collection, "dark", shade=1000, days=1)
    add_scene(collection, "bright", shade=5000, half=True)
    identifier = _register({"collections": ["scenes"]})
    resolved = mosaic.find_mosaic(user=UserFactory(), search_id=identifier).resolve_style(Style(), "first")
    assert resolved.ranges[0] == pytest.approx((1000, 5000), abs=5)
    assert _shades(Client().get(_url(identifier))) == [0, 255]
