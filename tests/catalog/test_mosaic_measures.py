"""Histograms, profiles and pixels of a search: as its images have them, merged by hand with NumPy."""

import json

import numpy as np
import pytest
from django.test import Client
from pyproj import Geod, Transformer

from tests.catalog.imagery import ingest_upload
from tests.catalog.mosaic_members import Raster, merged
from tests.catalog.test_mosaic_data import _text, alike, box  # noqa: F401  Fixtures.
from tests.catalog.test_mosaics import _register

UTM, PIXEL = 32633, 20.0
WEST, NORTH = 500_000.0, 5_000_000.0


@pytest.fixture
def add(collection, user, tmp_path, django_capture_on_commit_callbacks):
    """Ingest rasters, the first of them the newest; return the path of a layer of them all."""

    def ingest(*rasters):
        for days, raster in enumerate(rasters):
            path = raster.write(tmp_path / f"{raster.name}.tif", days=days)
            with django_capture_on_commit_callbacks(execute=True):
                ingest_upload(path, user=user, collection=collection)
        return f"/tiles/searches/{_register({'collections': ['scenes']})}/"

    return ingest


@pytest.fixture
def rasters(rng):
    """In UTM with a hole in it, and in degrees around and beyond its eastern half: newest first."""
    utm = rng.integers(1, 1000, (120, 200)).astype(np.int16)
    utm[30:60, 120:180] = 0
    west, north = Transformer.from_crs(UTM, 4326, always_xy=True).transform(WEST + 100 * PIXEL, NORTH)
    degrees = rng.integers(2000, 3000, (100, 160)).astype(np.int16)
    degrees[:, 20:25] = 0
    return [
        Raster("utm", utm, UTM, (WEST, NORTH), PIXEL),
        Raster("degrees", degrees, 4326, (west, north), 0.0003),
    ]


def _ask(path, client=None):
    answer = (client or Client()).get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def _plain(values):
    """As JSON has them."""
    return [None if value is np.ma.masked else value for value in values.tolist()]


@pytest.mark.parametrize("selection", ["first", "highest", "lowest", "mean", "count"])
def test_profile_across_two_members_is_what_numpy_says(add, rasters, selection):
    path = add(*rasters)
    # From before the first image, through its hole, to beyond the end of the second.
    ends = f"{WEST - 100},{NORTH - 300},{WEST + 290 * PIXEL},{NORTH - 1500}"
    found = _ask(f"{path}data/profile?coord_crs=EPSG:{UTM}&samples=301&line={ends}&pixel_selection={selection}")
    x, y = np.array(found["coordinates"]).T
    expected = merged(rasters, x, y, epsg=UTM, selection=selection)
    assert found["values"][0] == _plain(expected)
    assert None in found["values"][0][:10]
    assert len(set(found["values"][0])) > (2 if selection == "count" else 100)
    assert [item["id"] for item in found["items"]] == ["utm", "degrees"]
    assert (found["unit"], found["band_names"]) == ("metres", ["count" if selection == "count" else "b1"])


def test_profile_is_the_points_that_it_goes_through(add, rasters):
    path = add(*rasters)
    to_degrees = Transformer.from_crs(UTM, 4326, always_xy=True).transform
    ends = [*to_degrees(WEST + 1000, NORTH - 500), *to_degrees(WEST + 5500, NORTH - 1400)]
    profile = _ask(f"{path}data/profile?samples=6&line={','.join(f'{each:.6f}' for each in ends)}")
    for (x, y), value in zip(profile["coordinates"], profile["values"][0], strict=True):
        answer = Client().get(f"{path}data/point/{x:.9f},{y:.9f}")
        assert (answer.json()["values"][0] if answer.status_code == 200 else None) == value


def test_profile_opens_only_images_that_fill_what_is_missing(add, rasters):
    full = np.full((120, 200), 7, np.int16)
    path = add(Raster("full", full, UTM, (WEST, NORTH), PIXEL), *rasters)
    within = f"{WEST + 100},{NORTH - 300},{WEST + 3900},{NORTH - 1500}"
    found = _ask(f"{path}data/profile?coord_crs=EPSG:{UTM}&line={within}")
    assert set(found["values"][0]) == {7}
    assert [item["id"] for item in found["items"]] == ["full"]


def test_profile_that_is_posted_is_the_same(add, rasters):
    path = add(*rasters)
    vertices = [[WEST + 100, NORTH - 300], [WEST + 2000, NORTH - 900], [WEST + 5000, NORTH - 1200]]
    drawn = ",".join(f"{x},{y}" for x, y in vertices)
    query = f"coord_crs=EPSG:{UTM}&samples=50"
    line = {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": vertices}}
    posted = Client().post(f"{path}data/profile?{query}", json.dumps(line), content_type="application/geo+json")
    assert posted.json() == _ask(f"{path}data/profile?{query}&line={drawn}")


def test_profile_across_the_antimeridian_takes_images_of_both_sides(add, rng):
    sides = [
        Raster(name, rng.integers(low, low + 100, (40, 40)).astype(np.int16), 4326, (west, 10.0), 0.5)
        for name, low, west in (("west", 100, 160.0), ("east", 500, -180.0))
    ]
    path = add(*sides)
    found = _ask(f"{path}data/profile?samples=41&line=170.1,-1,189.9,5")
    x, y = np.array(found["coordinates"]).T
    expected = merged(sides, (x + 180) % 360 - 180, y, epsg=4326, selection="first")
    assert found["values"][0] == _plain(expected)
    assert {value // 100 for value in found["values"][0]} == {1, 5}
    histogram = _ask(f"{path}data/histogram?bbox=170,-5,-170,5&bins=2&range=0,1000")[0]
    assert histogram["hist"] == pytest.approx([400, 400], rel=0.01)


def test_profile_of_a_layer_of_one_image_is_that_images(alike, box):  # noqa: F811
    west, south, east, north = box
    query = f"samples=77&line={west},{south},{east},{north}&bidx=3&bidx=1"
    image, layer = (_ask(f"{path}data/profile?{query}") for path in alike)
    assert len(layer.pop("items")) == 1
    assert layer == image


@pytest.mark.parametrize("selection", ["first", "highest", "mean", "count"])
def test_histogram_of_a_box_is_what_numpy_says(add, rng, selection):
    """On the first image's pixels, which go on beyond its edges: the second's are the same, shifted by some."""
    first, second = rng.integers(1, 1000, (2, 90, 90)).astype(np.int16)
    first[20:40, 20:60] = 0
    second[:50, :30] = 0
    images = [
        Raster("first", first, UTM, (WEST, NORTH), PIXEL),
        Raster("second", second, UTM, (WEST + 40 * PIXEL, NORTH - 10 * PIXEL), PIXEL),
    ]
    path = add(*images)
    columns, rows = np.meshgrid(np.arange(5, 125), np.arange(2, 95))
    edges = (WEST + 5 * PIXEL, NORTH - 95 * PIXEL, WEST + 125 * PIXEL, NORTH - 2 * PIXEL)
    x, y = WEST + (columns + 0.5) * PIXEL, NORTH - (rows + 0.5) * PIXEL
    expected = merged(images, x, y, epsg=UTM, selection=selection)
    values = np.rint(expected.compressed())
    query = f"bbox={_text(edges)}&bbox_crs=EPSG:{UTM}&bins=7&range=0,1000&pixel_selection={selection}"
    found = _ask(f"{path}data/histogram?{query}")[0]
    assert found["hist"] == np.histogram(values, bins=7, range=(0, 1000))[0].tolist()
    assert (found["samples"], found["min"], found["max"]) == (values.size, values.min(), values.max())
    assert (found["mean"], found["stdev"]) == (pytest.approx(values.mean()), pytest.approx(values.std()))
    assert found["valid_percent"] == round(100 * values.size / expected.size, 2)
    bounded = query.replace("bins", "histogram_bins").replace("range", "histogram_range")
    statistics = _ask(f"{path}data/statistics?{bounded}").popitem()[1]
    assert statistics["histogram"] == [found["hist"], found["bin_edges"]]


def test_histogram_of_images_in_two_systems_is_nearly_what_numpy_says(add, rasters):
    path = add(*rasters)
    columns, rows = np.meshgrid(np.arange(240), np.arange(110))
    edges = (WEST, NORTH - 110 * PIXEL, WEST + 240 * PIXEL, NORTH)
    x, y = WEST + (columns + 0.5) * PIXEL, NORTH - (rows + 0.5) * PIXEL
    values = merged(rasters, x, y, epsg=UTM, selection="first").compressed()
    found = _ask(f"{path}data/histogram?bbox={_text(edges)}&bbox_crs=EPSG:{UTM}&bins=0,1000,2000,2500,3000")[0]
    expected = np.histogram(values, bins=[0, 1000, 2000, 2500, 3000])[0]
    assert found["hist"][0] == expected[0]
    assert found["hist"] == pytest.approx(expected.tolist(), rel=0.02)
    assert found["samples"] == pytest.approx(values.size, rel=0.002)


def test_histogram_of_a_whole_layer_counts_equal_areas(add):
    """Ten degrees at the equator are three times as much land as ten in the north."""
    images = [
        Raster(name, np.full((100, 100), value, np.int16), 4326, (10.0, north), 0.1)
        for name, value, north in (("equator", 1, 10.0), ("north", 2, 75.0))
    ]
    path = add(*images)
    found = _ask(f"{path}data/histogram?bins=0.5,1.5,2.5&max_size=400")[0]
    areas = [
        Geod(ellps="WGS84").polygon_area_perimeter([10, 20, 20, 10], [low, low, low + 10, low + 10])[0]
        for low in (0, 65)
    ]
    assert found["hist"][1] / found["hist"][0] == pytest.approx(areas[1] / areas[0], rel=0.02)
    statistics = _ask(f"{path}data/statistics?max_size=400")["b1"]
    assert (statistics["count"], statistics["mean"]) == (found["samples"], pytest.approx(found["mean"]))


@pytest.mark.parametrize("query", ["", "bins=9&range=0,200", "bidx=2&density=true", "expression=b1/b3", "max_size=50"])
def test_measures_of_a_layer_of_one_image_are_that_images(alike, query):  # noqa: F811
    for route in ("data/histogram", "data/statistics"):
        image, layer = (_ask(f"{path}{route}?{query}") for path in alike)
        assert layer == image


def test_histogram_of_a_box_of_a_layer_of_one_image_is_that_images(alike, box):  # noqa: F811
    image, layer = (_ask(f"{path}data/histogram?bins=6&range=0,255&bbox={_text(box)}") for path in alike)
    for one, other in zip(image, layer, strict=True):
        assert other["hist"] == pytest.approx(one["hist"], rel=1e-3)
        assert other["mean"] == pytest.approx(one["mean"], rel=1e-5)


@pytest.mark.parametrize("selection", ["first", "highest", "mean"])
def test_pixel_names_the_items_pixels_that_are_shown(add, rasters, selection):
    path = add(*rasters)
    # Both have it, and nothing of it but the second.
    for column, row in ((110.3, 20.7), (150.5, 40.5)):
        x, y = WEST + column * PIXEL, NORTH - row * PIXEL
        found = _ask(f"{path}data/pixel?left={x}&top={y}&coord_crs=EPSG:{UTM}&pixel_selection={selection}")
        place = np.array([x]), np.array([y])
        expected = float(merged(rasters, *place, epsg=UTM, selection=selection)[0])
        assert (found["values"], found["bands"], found["band_names"]) == ([expected], {"1": expected}, ["b1"])
        assert found["coordinates"] == [x, y]
        used = [item["id"] for item in found["items"]]
        both = rasters[0].at(*place, epsg=UTM).count() == 1
        assert used == ((["utm"] if selection == "first" else ["utm", "degrees"]) if both else ["degrees"])
        for item in found["items"]:
            raster = next(each for each in rasters if each.name == item["id"])
            columns, rows = raster.pixels_at(*place, epsg=UTM)
            assert (item["left"], item["top"]) == (columns[0], rows[0])
            alone = _ask(f"/tiles/scenes/{item['id']}/data/pixel?left={item['left']}&top={item['top']}")
            assert selection == "mean" or len(used) == 2 or alone["values"] == found["values"]


def test_pixel_of_a_layer_of_one_image_is_that_images(alike):  # noqa: F811
    for query in (
        "left=10&top=20",
        "left=10.7&top=20&bidx=2",
        f"left={WEST + 90}&top={NORTH - 90}&coord_crs=EPSG:{UTM}",
    ):
        image, layer = (_ask(f"{path}data/pixel?{query}") for path in alike)
        (item,) = layer.pop("items")
        assert (item["left"], item["top"]) == (image["left"], image["top"])
        assert layer.items() <= image.items()
    beyond = [Client().get(f"{path}data/pixel?left=9999&top=1") for path in alike]
    assert beyond[0].status_code == beyond[1].status_code == 404
    assert beyond[0].json() == beyond[1].json()


@pytest.mark.parametrize(
    ("route", "status", "code"),
    [
        ("data/histogram?bbox=1,2,3,4", 404, "outside_bounds"),
        ("data/histogram?bbox=1,2,3", 400, "invalid_parameter"),
        ("data/histogram?bins=0", 400, "invalid_parameter"),
        ("data/histogram?range=5,5", 400, "invalid_parameter"),
        ("data/histogram?density=maybe", 400, "invalid_parameter"),
        ("data/histogram?bidx=9", 400, "invalid_parameter"),
        ("data/histogram?left=1&top=1&right=9&bottom=9&units=pixels", 400, "invalid_parameter"),
        ("data/histogram?max_size=0", 400, "invalid_parameter"),
        ("data/profile", 400, "invalid_parameter"),
        ("data/profile?line=1,2,3", 400, "invalid_parameter"),
        ("data/profile?line=1,2,1,2", 400, "invalid_parameter"),
        ("data/profile?line=1,2,1,3", 404, "outside_bounds"),
        ("data/profile?line=1,2,1,3&samples=99999", 400, "invalid_parameter"),
        ("data/profile?line=1,2,1,3&coord_crs=pixels", 400, "invalid_parameter"),
        ("data/profile?line=1,95,1,99", 400, "invalid_parameter"),
        ("data/pixel", 400, "invalid_parameter"),
        ("data/pixel?left=1&top=1", 400, "unsupported_operation"),
        ("data/pixel?left=1&top=1&coord_crs=EPSG:4326", 404, "outside_bounds"),
        ("data/pixel?left=1&top=91&coord_crs=EPSG:4326", 400, "invalid_parameter"),
        ("data/pixel?left=x&top=1", 400, "invalid_parameter"),
    ],
)
def test_measures_asked_for_wrongly_say_why(add, rasters, route, status, code):
    answer = Client().get(add(*rasters) + route)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert len(answer.json()["description"]) > 10


def test_measures_of_more_images_than_the_limit_say_so(add, rasters, settings):
    path = add(*rasters)
    settings.TILES = {**settings.TILES, "limits": {"mosaic_items": 1}}
    line = f"{WEST + 100},{NORTH - 300},{WEST + 5500},{NORTH - 1500}"
    for route in ("data/histogram?", f"data/profile?coord_crs=EPSG:{UTM}&line={line}"):
        answer = Client().get(path + route)
        assert (answer.status_code, answer["Mosaic-Incomplete"]) == (200, "items")


def test_histogram_of_more_values_than_the_limit_names_it(add, rasters, settings):
    path = add(*rasters)
    settings.TILES = {**settings.TILES, "limits": {"region_values": 1000}}
    answer = Client().get(f"{path}data/histogram?bbox={WEST},{NORTH - 900},{WEST + 900},{NORTH}&bbox_crs=EPSG:{UTM}")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "1,000 values" in answer.json()["description"]


def test_histogram_is_asked_again_cheaply(add, rasters):
    path = add(*rasters)
    etag = Client().get(f"{path}data/histogram")["ETag"]
    assert Client().get(f"{path}data/histogram", headers={"If-None-Match": etag}).status_code == 304
    assert Client().get(f"{path}data/histogram?bins=5")["ETag"] != etag
