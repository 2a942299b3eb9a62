"""Pixels, points, profiles and histograms over HTTP."""

import io
import json

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal
from pyproj import Transformer

from tiles.sources.reference import SourceRef

pytestmark = pytest.mark.urls("tests.tiles.urls")
RASTER = {"dtype": "uint16", "nodata": "value"}


def get(client: Client, path: str):
    response = client.get(path)
    assert response.status_code == 200, response.content[:300]
    return response.json()


def test_pixel_names_its_bands(make, publish, client: Client):
    path = publish(make(**RASTER))
    found = get(client, path + "data/pixel?left=10&top=20")
    assert found["band_names"] == ["b1", "b2", "b3"]
    assert found["bands"] == dict(zip("123", found["values"], strict=True))
    assert get(client, path + "data/pixel?left=10&top=20&bidx=2")["values"] == [found["values"][1]]
    ratio = get(client, path + "data/pixel?left=10&top=20&expression=b1/b2")
    assert ratio["values"] == [pytest.approx(found["values"][0] / found["values"][1])]
    assert ratio["band_names"] == ["b1/b2"]
    assert get(client, path + f"data/pixel?left=10&top=20&nodata={found['values'][0]}")["values"][0] is None


@pytest.mark.parametrize("nodata", ["value", "alpha", "mask"])
def test_pixel_without_data_is_null(make, publish, client: Client, nodata):
    path = publish(make(dtype="uint8", nodata=nodata))
    assert get(client, path + "data/pixel?left=300&top=300")["values"] == [None, None, None]
    assert None not in get(client, path + "data/pixel?left=30&top=300")["values"]


def test_pixel_is_scaled_when_asked(make, publish, client: Client):
    ref = make(dtype="int16", bands=1)
    dataset = gdal.Open(ref.location, gdal.GA_Update)
    dataset.GetRasterBand(1).SetScale(0.5)
    dataset.GetRasterBand(1).SetOffset(-100)
    dataset.FlushCache()
    path = publish(ref)
    raw, scaled = (
        get(client, path + f"data/pixel?left=9&top=9&unscale={flag}")["values"][0] for flag in ("false", "true")
    )
    assert scaled == raw * 0.5 - 100


def test_pixel_at_coordinates_says_which_it_is(make, publish, client: Client):
    path = publish(make(**RASTER))
    pixel = get(client, path + "data/pixel?left=100&top=412")
    found = get(client, path + "data/pixel?left=302010&top=4401990&coord_crs=EPSG:32618")
    assert found == pixel | {"coordinates": [302010, 4401990]}
    refused = client.get(path + "data/pixel?left=1&top=2&coord_crs=EPSG:4326")
    assert (refused.status_code, refused.json()["code"]) == (404, "outside_bounds")


def test_point_in_any_system_is_the_same_pixel(make, publish, client: Client):
    path = publish(make(**RASTER))
    pixel = get(client, path + "data/pixel?left=100&top=412")["values"]
    assert get(client, path + "data/point/302010,4401990?coord_crs=EPSG:32618")["values"] == pixel
    assert get(client, path + "data/point/100.5,412.5?coord_crs=pixels")["values"] == pixel
    longitude, latitude = Transformer.from_crs(32618, 4326, always_xy=True).transform(302010, 4401990)
    assert get(client, path + f"data/point/{longitude:.8f},{latitude:.8f}")["values"] == pixel


def test_point_of_assets_is_each_ones(make, publish, client: Client):
    names = [publish(make(dtype="uint16", bands=1, size=size)).split("/")[-2] for size in (512, 256)]
    path = f"/files/{names[0]}/data/"
    place = "302010,4401990?coord_crs=EPSG:32618"
    both = get(client, f"{path}point/{place}&assets={','.join(names)}")
    single = [get(client, f"/files/{name}/data/point/{place}")["values"][0] for name in names]
    assert both["values"] == single
    refused = client.get(f"{path}pixel?left=1&top=1&assets={','.join(names)}")
    assert (refused.status_code, refused.json()["code"]) == (400, "unsupported_operation")


def test_profile_reads_pixels_along_the_line(make, publish, client: Client):
    ref = make(**RASTER)
    path = publish(ref)
    query = "data/profile?coord_crs=EPSG:32618&samples=101&line=301010,4404990,305010,4404990"
    found = get(client, path + query)
    array = gdal.Open(ref.location).ReadAsArray()
    assert found["values"] == array[:, 262, 50:251:2].tolist()
    # UTM's metres are not the ellipsoid's.
    assert found["length"] == pytest.approx(4000, rel=0.001)
    assert np.allclose(np.diff(found["distances"]), found["length"] / 100)
    assert (found["unit"], len(found["coordinates"])) == ("metres", 101)
    line = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "LineString", "coordinates": [[301010, 4404990], [305010, 4404990]]},
    }
    posted = client.post(
        path + "data/profile?coord_crs=EPSG:32618&samples=101", json.dumps(line), content_type="application/json"
    )
    assert posted.json() == found


def test_profile_is_null_off_the_image_and_counts_pixels_in_pixel_space(make, publish, client: Client):
    found = get(client, publish(make()) + "data/profile?coord_crs=pixels&samples=5&line=-10,10,10,10,10,30&bidx=1")
    assert (found["unit"], found["length"]) == ("pixels", 40)
    assert found["values"][0][0] is None
    assert None not in found["values"][0][1:]
    assert found["coordinates"][3] == [10, 20]


def test_profile_across_antimeridian_goes_the_short_way_round(make, publish, client: Client):
    path = publish(make(epsg=4326, bounds=(-180, -90, 180, 90), dtype="float32"))
    found = get(client, path + "data/profile?samples=11&line=175,0,185,0")
    assert found["length"] == pytest.approx(10 * 111_319.49, rel=1e-4)
    assert None not in found["values"][0]


def test_histogram_is_of_raw_values(make, publish, client: Client):
    ref = make(**RASTER)
    path = publish(ref)
    array = gdal.Open(ref.location).ReadAsArray()[0]
    known = array[array != 0]
    found = get(client, path + "data/histogram?bidx=1&bins=8")[0]
    counts, edges = np.histogram(known, bins=8, range=(known.min(), known.max() + 1))
    assert (found["hist"], found["bin_edges"]) == (counts.tolist(), edges.tolist())
    assert (found["min"], found["max"], found["samples"], found["bins"]) == (known.min(), known.max(), known.size, 8)
    assert (found["mean"], found["stdev"]) == (pytest.approx(known.mean()), pytest.approx(known.std()))
    assert found["valid_percent"] == 75
    styled = get(client, path + "data/histogram?bidx=1&bins=8&rescale=0,10&colormap_name=viridis")[0]
    assert styled == found


def test_histogram_takes_range_edges_and_density(make, publish, client: Client):
    path = publish(make())
    assert sum(get(client, path + "data/histogram?bidx=1&range=0,256")[0]["hist"]) == 512 * 512
    edges = get(client, path + "data/histogram?bidx=1&bins=0,50,100,300")[0]
    assert edges["bin_edges"] == [0, 50, 100, 300]
    dense = get(client, path + "data/histogram?bidx=1&bins=0,50,100,300&density=true")[0]
    assert np.sum(np.array(dense["hist"]) * [50, 50, 200]) == pytest.approx(1)
    assert len(get(client, path + "data/histogram")) == 3


def test_histogram_of_a_box_counts_by_the_share_inside(make, publish, client: Client):
    ref = make(**RASTER)
    path = publish(ref)
    array = gdal.Open(ref.location).ReadAsArray()[0]
    # Half of the outer pixels, but of those at the corners.
    box = "left=100.5&top=20&right=104.5&bottom=22&units=pixels"
    found = get(client, f"{path}data/histogram?bidx=1&bins=4&{box}")[0]
    inside, shares = array[20:22, 100:105], np.tile([0.5, 1, 1, 1, 0.5], (2, 1))
    counts, _ = np.histogram(inside, bins=found["bin_edges"], weights=shares)
    assert found["hist"] == counts.tolist()
    assert (found["samples"], found["mean"]) == (8, pytest.approx(np.average(inside, weights=shares)))
    bbox = "bbox=302000,4401000,305013,4403005&bbox_crs=EPSG:32618"
    one = get(client, f"{path}data/histogram?bidx=2&bins=5&range=0,9000&{bbox}")[0]
    other = get(client, f"{path}data/statistics?bidx=2&histogram_bins=5&histogram_range=0,9000&{bbox}")["b2"]
    assert [one["hist"], one["bin_edges"]] == other["histogram"]
    assert (one["samples"], one["mean"]) == (other["count"], other["mean"])
    assert client.get(f"{path}data/histogram?bbox=1,2,3,4").status_code == 404


def test_histogram_without_valid_pixels_is_empty(make, publish, client: Client):
    found = get(client, publish(make(dtype="uint8", bands=1)) + "data/histogram?expression=b1/0")[0]
    assert (found["samples"], found["hist"], found["valid_percent"]) == (0, [], 0)


def test_info_tells_internals_and_frames(make, publish, client: Client):
    path = publish(make(**RASTER))
    internal = get(client, path + "info/metadata_internal")
    assert internal["geotransform"] == [300000, 20, 0, 4410240, 0, -20]
    assert "32618" in internal["wkt"]
    assert internal["bands"][0]["overviews"] == [[256, 256], [128, 128]]
    assert "/tmp" not in json.dumps(internal)
    frames = get(client, path + "info/frames")
    assert (frames["count"], len(frames["frames"][0]["bands"])) == (1, 3)


@pytest.mark.parametrize(
    ("tail", "status", "code"),
    [
        ("data/pixel?left=x&top=1", 400, "invalid_parameter"),
        ("data/pixel?left=1&top=1&bidx=4", 400, "invalid_parameter"),
        ("data/pixel?left=-1&top=1", 404, "outside_bounds"),
        ("data/point/0.0.0,1", 400, "invalid_parameter"),
        ("data/point/0,0?coord_crs=EPSG:0", 400, "invalid_parameter"),
        ("data/profile", 400, "invalid_parameter"),
        ("data/profile?line=1,2,3", 400, "invalid_parameter"),
        ("data/profile?line=1,2,1,2", 400, "invalid_parameter"),
        ("data/profile?line=1,95,1,99", 400, "invalid_parameter"),
        ("data/profile?line=1,2,1,3", 404, "outside_bounds"),
        ("data/profile?line=1,2,1,3&samples=1", 400, "invalid_parameter"),
        ("data/profile?line=1,2,1,3&samples=99999", 400, "invalid_parameter"),
        ("data/histogram?bins=0", 400, "invalid_parameter"),
        ("data/histogram?bins=1.5", 400, "invalid_parameter"),
        ("data/histogram?bins=3,2,1", 400, "invalid_parameter"),
        ("data/histogram?range=5,5", 400, "invalid_parameter"),
        ("data/histogram?max_size=0", 400, "invalid_parameter"),
        ("data/histogram?density=maybe", 400, "invalid_parameter"),
        ("data/statistics?p=101", 400, "invalid_parameter"),
        ("data/statistics?p=x", 400, "invalid_parameter"),
        ("data/statistics?c=x", 400, "invalid_parameter"),
        ("data/statistics?bbox=10,10,11,11", 404, "outside_bounds"),
        ("data/statistics?expression=b7", 400, "invalid_parameter"),
    ],
)
def test_bad_question_is_json_with_code(make, publish, client: Client, tail, status, code):
    response = client.get(publish(make()) + tail)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert len(response.json()["description"]) > 10


def test_place_on_earth_of_picture_is_unsupported(make, publish, client: Client):
    path = publish(make(epsg=0))
    for tail in (
        "data/point/1,2",
        "data/profile?line=1,2,3,4",
        "data/statistics?bbox=1,2,3,4",
        "data/region.png?bbox=1,2,3,4",
    ):
        response = client.get(path + tail)
        assert (response.status_code, response.json()["code"]) == (400, "unsupported_operation"), tail


def test_slide_is_measured_in_its_own_pixels(data_file, client: Client, publish):
    path = publish(SourceRef(str(data_file("medical/CMU-1-Small-Region.svs")), "1"))
    square = {"type": "Polygon", "coordinates": [[[100, 200], [164, 200], [164, 264], [100, 264], [100, 200]]]}
    posted = client.post(path + "data/statistics?coord_crs=pixels", json.dumps(square), content_type="application/json")
    region = client.get(path + "data/region.npy?left=100&top=200&right=164&bottom=264")
    pixels = np.load(io.BytesIO(region.content))[:3].astype(float)
    for band, values in zip(("b1", "b2", "b3"), pixels, strict=True):
        found = posted.json()["properties"]["statistics"][band]
        assert (found["count"], found["mean"]) == (64 * 64, pytest.approx(values.mean()))
    assert get(client, path + "data/pixel?left=100&top=200")["values"] == pixels[:, 0, 0].tolist()
    profile = get(client, path + "data/profile?coord_crs=pixels&line=100.5,200.5,163.5,200.5&samples=64")
    assert profile["values"] == pixels[:, 0, :].tolist()
    masked = client.post(path + "data/region.png?coord_crs=pixels", json.dumps(square), content_type="application/json")
    assert masked.status_code == 200
    refused = client.get(path + "data/point/1,2")
    assert (refused.status_code, refused.json()["code"]) == (400, "unsupported_operation")
