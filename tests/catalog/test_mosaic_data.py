"""Pixels of a search as data: of one image as the image has them, of several as they are laid over each other."""

import io

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal

from catalog.services.searches import mosaic
from tests.catalog.imagery import ingest_upload, write_scene
from tests.catalog.test_mosaics import ZXY, _center, _register, add_scene  # noqa: F401  Fixtures.

# Degrees around the middle of a scene, within it.
HALF = 0.01


@pytest.fixture
def box():
    longitude, latitude = _center()
    return longitude - HALF, latitude - HALF, longitude + HALF, latitude + HALF


@pytest.fixture
def searched(collection, add_scene):  # noqa: F811
    """Return the path of a layer of two scenes, one of them above the other's western half."""
    add_scene(collection, "old", shade=50, days=9)
    add_scene(collection, "new", shade=200, half=True)
    return f"/tiles/searches/{_register({'collections': ['scenes']})}/"


@pytest.fixture
def alike(collection, user, tmp_path):
    """Return the paths of an image with a slope in each of its three bands, and of a layer of nothing but it."""
    write_scene(tmp_path / "ramp.tif")
    item = ingest_upload(tmp_path / "ramp.tif", user=user, collection=collection)
    return f"/tiles/scenes/{item.item_id}/", f"/tiles/searches/{_register({'ids': [item.item_id]})}/"


def _text(box):
    return ",".join(f"{edge:.8f}" for edge in box)


def _polygon(box):
    west, south, east, north = box
    ring = [[west, south], [east, south], [(west + east) / 2, north], [west, south]]
    return {"type": "Feature", "properties": {"name": "a"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def _flat(value):
    """Numbers of a number, or of the two lists of a histogram."""
    return [number for part in value for number in part] if isinstance(value, list) else [value]


def _content(answer):
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def _array(answer):
    return np.load(io.BytesIO(_content(answer)))


@pytest.mark.parametrize(
    "query",
    [
        "bbox={box}",
        "bbox={box}&crs=native",
        "bbox={box}&crs=EPSG:3857&max_size=100&resampling=bilinear",
        "bbox={box}&bidx=3&bidx=1",
        "bbox={box}&expression=b1-b2;b3;b1",
        "bbox={box}&styled=true&colormap_name=viridis&bidx=1",
    ],
)
def test_region_of_a_layer_of_one_image_is_that_images(alike, box, query):
    expected, found = (_array(Client().get(f"{path}data/region.npy?{query.format(box=_text(box))}")) for path in alike)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("query", ["", "bidx=2", "expression=b1/b3", "categorical=true", "p=5&p=95"])
def test_statistics_of_a_layer_of_one_image_are_that_images(alike, box, query):
    expected, found = (Client().get(f"{path}data/statistics?bbox={_text(box)}&{query}").json() for path in alike)
    assert found.keys() == expected.keys()
    for name, one in expected.items():
        for key, value in one.items():
            assert _flat(found[name][key]) == pytest.approx(_flat(value), rel=1e-4), (name, key)


def test_statistics_of_a_reduced_copy_are_nearly_that_images(alike, box):
    query = f"bbox={_text(box)}&max_size=20"
    expected, found = (Client().get(f"{path}data/statistics?{query}").json()["b1"] for path in alike)
    assert found["valid_pixels"] == expected["valid_pixels"] < 20 * 20 + 1
    assert found["mean"] == pytest.approx(expected["mean"], rel=0.005)


def test_zonal_statistics_of_a_layer_of_one_image_are_that_images(alike, box):
    inside, outside = _polygon(box), _polygon([edge + 5 for edge in box])
    body = {"type": "FeatureCollection", "features": [inside, outside]}
    answers = [
        Client().post(f"{path}data/statistics", body, content_type="application/json").json()["features"]
        for path in alike
    ]
    for name in ("b1", "b2", "b3"):
        expected, found = (each[0]["properties"]["statistics"][name] for each in answers)
        assert found["count"] == pytest.approx(expected["count"], rel=1e-4)
        assert found["mean"] == pytest.approx(expected["mean"], rel=1e-4)
    assert answers[1][1]["properties"]["statistics"]["b1"] == answers[0][1]["properties"]["statistics"]["b1"]
    assert answers[1][0]["properties"]["name"] == "a"


@pytest.mark.parametrize("query", ["", "bidx=2", "tilesize=512", "expression=b1-b2"])
def test_tile_of_values_of_a_layer_of_one_image_is_that_images(alike, query):
    expected, found = (_array(Client().get(f"{path}tiles/{ZXY}.npy?{query}")) for path in alike)
    assert np.array_equal(found, expected)


def test_statistics_of_two_images_are_of_what_is_shown(searched, box):
    """The newer one's half is above, whichever of the two gives the pixels that are counted."""
    found = Client().get(f"{searched}data/statistics?bbox={_text(box)}&categorical=true").json()["b1"]
    counts = dict(zip(found["histogram"][1], found["histogram"][0], strict=True))
    assert set(counts) == {50, 200}
    assert counts[50] == pytest.approx(counts[200], rel=0.05)
    assert found["valid_percent"] == 100
    lowest = Client().get(f"{searched}data/statistics?bbox={_text(box)}&pixel_selection=lowest").json()["b1"]
    assert (lowest["min"], lowest["max"], lowest["count"]) == (50, 50, pytest.approx(found["count"]))


def test_region_of_two_images_is_georeferenced(searched, box):
    answer = Client().get(f"{searched}data/region.tif?bbox={_text(box)}&max_size=64")
    name = "/vsimem/mosaic-region.tif"
    gdal.FileFromMemBuffer(name, _content(answer))
    try:
        dataset = gdal.Open(name)
        values, transform = dataset.ReadAsArray(), dataset.GetGeoTransform()
        del dataset
    finally:
        gdal.Unlink(name)
    assert (transform[0], transform[3]) == pytest.approx((box[0], box[3]), abs=1e-6)
    assert values[:, 1].tolist() == [200] * values.shape[0]
    assert values[:, -2].tolist() == [50] * values.shape[0]
    assert answer["ETag"]


def test_region_is_another_when_the_layer_is_stretched_otherwise(collection, add_scene, box, monkeypatch):  # noqa: F811
    """The same items lie there, but those that the stretch is of are others."""
    add_scene(collection, "dark", shade=1000, half=True)
    add_scene(collection, "bright", shade=5000, days=9)
    address = f"/tiles/searches/{_register({})}/data/region.png?bbox={_text(box)}"
    both = Client().get(address)
    monkeypatch.setattr(mosaic, "SAMPLES", 1)
    mosaic._found.clear()
    one = Client().get(address)
    assert both["ETag"] != one["ETag"]


def test_region_within_a_polygon_shows_nothing_outside(searched, box):
    address = f"{searched}data/region.npy?max_size=64"
    values, mask = _array(Client().post(address, _polygon(box), content_type="application/geo+json"))
    assert 0.3 < (mask > 0).mean() < 0.7
    assert set(np.unique(values[mask > 0])) == {50, 200}
    assert mask[0, 0] == 0


def test_region_beyond_the_limit_names_it(searched, box):
    answer = Client().get(f"{searched}data/region.npy?bbox={_text(box)}&width=20000")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "16,383" in answer.json()["description"]


def test_region_of_more_images_than_the_limit_says_so(searched, box, settings):
    settings.TILES = {**settings.TILES, "limits": {"mosaic_items": 1}}
    for extension in ("npy", "png"):
        answer = Client().get(f"{searched}data/region.{extension}?bbox={_text(box)}&max_size=64")
        assert answer["Mosaic-Incomplete"] == "items"
    values, mask = _array(Client().get(f"{searched}data/region.npy?bbox={_text(box)}&max_size=64"))
    assert set(np.unique(values[mask > 0])) == {200}


def test_region_is_asked_again_cheaply(searched, box):
    address = f"{searched}data/region.png?bbox={_text(box)}"
    etag = Client().get(address)["ETag"]
    assert Client().get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", [200]),
        ("pixel_selection=lowest", [50]),
        ("pixel_selection=mean", [125]),
        ("pixel_selection=count", [2]),
        ("expression=b1*2", [400]),
    ],
)
def test_point_is_what_is_shown_there(searched, query, values):
    longitude, latitude = _center()
    found = Client().get(f"{searched}data/point/{longitude - HALF:.6f},{latitude:.6f}?{query}").json()
    assert found["values"] == values
    assert [each["id"] for each in found["items"]] == (["new", "old"] if "selection" in query else ["new"])


def test_point_in_another_system_is_the_same(searched):
    answer = Client().get(f"{searched}data/point/501000,4999000?coord_crs=EPSG:32633").json()
    assert (answer["coordinates"], answer["values"]) == ([501000, 4999000], [200])


@pytest.mark.parametrize("route", ["thumbnail", "preview"])
def test_preview_is_of_the_whole_layer(searched, route):
    values, mask = _array(Client().get(f"{searched}data/{route}.npy?max_size=90"))
    assert max(mask.shape) == 90
    assert set(np.unique(values[mask > 0])) == {50, 200}
    assert (mask > 0).mean() > 0.9
    assert Client().get(f"{searched}data/{route}.webp")["Content-Type"] == "image/webp"


@pytest.mark.parametrize(
    ("route", "status", "code"),
    [
        ("data/region.tif", 400, "invalid_parameter"),
        ("data/region.tif?bbox=1,2,3", 400, "invalid_parameter"),
        ("data/region.tif?left=1&top=1&right=9&bottom=9&units=pixels", 400, "invalid_parameter"),
        ("data/region.tif?bbox=1,2,3,4", 404, "outside_bounds"),
        ("data/region.xyz?bbox=15,45,15.01,45.01", 400, "unsupported_format"),
        ("data/statistics?max_size=0", 400, "invalid_parameter"),
        ("data/statistics?bbox=1,2,3,4", 404, "outside_bounds"),
        ("data/statistics?bbox=5,2,3,4", 404, "outside_bounds"),
        ("data/statistics?bbox=3,4,3,4", 400, "invalid_parameter"),
        ("data/point/1,2", 404, "outside_bounds"),
        ("data/point/200,2", 400, "invalid_parameter"),
        ("data/point/15,45?coord_crs=pixels", 400, "invalid_parameter"),
        ("data/preview.png?bbox=1,2,3,4", 400, "invalid_parameter"),
        ("data/preview.png?max_size=0", 400, "invalid_parameter"),
        ("data/region.png?bbox=15,45,15.01,45.01&bidx=9", 400, "invalid_parameter"),
    ],
)
def test_data_asked_for_wrongly_say_why(searched, route, status, code):
    answer = Client().get(searched + route)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "body", ["", "{}", '{"type": "Point", "coordinates": [0, 0]}', '{"type": "FeatureCollection"}']
)
def test_polygons_that_are_none_are_refused(searched, body):
    for route in ("data/region.tif", "data/statistics"):
        answer = Client().post(searched + route, body, content_type="application/geo+json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
