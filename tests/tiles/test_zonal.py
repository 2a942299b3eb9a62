"""Zonal statistics against exactextract, on made files and on real ones; statistics of the whole against NumPy."""

import json

import numpy as np
import pytest
import shapely
from django.test import Client
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from osgeo import gdal

from tests.tiles.rasters import Recipe, missing, reference, values
from tiles.errors import TooLarge
from tiles.geo.crs import crs_grid, native_grid
from tiles.limits import Limits
from tiles.regions.shapes import parse_shapes
from tiles.regions.zonal import sample_layers, shape_statistics
from tiles.regions.zonal_pixels import summarize
from tiles.sources.registry import open_source
from tiles.styling.style import Style

UTM = crs_grid("EPSG:32618")
BOUNDS = Recipe().bounds
# Ours by exactextract's names. Its quantiles of whole numbers are cut to whole numbers.
EXACT = {
    "count": "count",
    "sum": "sum",
    "mean": "mean",
    "std": "stdev",
    "min": "min",
    "max": "max",
    "unique": "variety",
}
QUANTILES = {"median": "median", "percentile_2": "quantile_2", "percentile_98": "quantile_98"}
OPERATIONS = [*EXACT.values(), "median", "quantile(q=0.02)", "quantile(q=0.98)", "mode"]


def judged(array: np.ndarray, bounds, shape, nodata) -> dict:
    raster = NumPyRasterSource(array, *bounds, nodata=nodata)
    feature = {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)), "properties": {}}
    return exact_extract(raster, [feature], OPERATIONS)[0]["properties"]


def check(ours: dict, theirs: dict, *, whole_numbers: bool) -> None:
    if not theirs["count"]:
        assert (ours["count"], ours["mean"]) == (0, None)
        return
    for name, other in EXACT.items():
        # A pixel of which a billionth lies inside is there for one of the two, and may be the only one of its value.
        assert ours[name] == pytest.approx(theirs[other], rel=1e-6, abs=2 if name == "unique" else 1e-6), name
    for name, other in QUANTILES.items():
        assert ours[name] == pytest.approx(theirs[other], rel=1e-6, abs=1.0 if whole_numbers else 1e-6), name
    assert ours["majority"] == theirs["mode"]


def blob(rng, bounds) -> shapely.Geometry:
    """Return a convex polygon with a hole, some of it perhaps beyond the image."""
    west, south, east, north = bounds
    points = rng.uniform(-0.1, 1.1, (9, 2)) * (east - west, north - south) + (west, south)
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    return shapely.MultiPoint(points).convex_hull.difference(middle.buffer((east - west) / 9))


def parsed(shape):
    return parse_shapes(shapely.to_geojson(shape).encode())[0][0]


@pytest.mark.parametrize("nodata", ["none", "value"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
def test_polygon_statistics_are_exactextracts(make, rng, dtype, nodata):
    ref = make(dtype=dtype, bands=2, nodata=nodata)
    array = gdal.Open(ref.location).ReadAsArray()
    source = open_source(ref)
    for _ in range(3):
        shape = blob(rng, BOUNDS)
        found = shape_statistics((source,), parsed(shape), UTM, style=Style())
        for band in (1, 2):
            other = judged(array[band - 1], BOUNDS, shape, 0 if nodata == "value" else None)
            check(found[f"b{band}"], other, whole_numbers="int" in dtype)


@pytest.mark.parametrize("nodata", ["alpha", "mask", "nan"])
def test_polygon_statistics_leave_out_what_is_masked(make, rng, nodata):
    recipe = {"dtype": "float32", "bands": 1, "nodata": nodata}
    source = open_source(make(**recipe))
    array = values(Recipe(**recipe), 1)
    array[missing(Recipe(**recipe))] = np.nan
    west, south, east, _ = BOUNDS
    shape = blob(rng, BOUNDS).union(shapely.box(west + 100, south + 100, east - 100, south + 500))
    found = shape_statistics((source,), parsed(shape), UTM, style=Style())["b1"]
    check(found, judged(array, BOUNDS, shape, None), whole_numbers=False)
    assert found["masked_pixels"] > 0
    assert found["valid_percent"] < 100


def test_polygon_statistics_of_expression_are_those_of_its_values(make, rng):
    ref = make(dtype="uint16", bands=2, nodata="value")
    first, second = gdal.Open(ref.location).ReadAsArray().astype(np.float32)
    ratio = np.divide(first - second, first + second, out=np.full_like(first, np.nan), where=first > 0)
    shape = blob(rng, BOUNDS)
    style = Style(expression="(b1-b2)/(b1+b2)")
    found = shape_statistics((open_source(ref),), parsed(shape), UTM, style=style)
    other = judged(ratio, BOUNDS, shape, None)
    assert found["(b1-b2)/(b1+b2)"]["mean"] == pytest.approx(other["mean"], rel=1e-5)
    assert found["(b1-b2)/(b1+b2)"]["count"] == pytest.approx(other["count"], rel=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        "dtype/float32_nan.tif", "dtype/int16_nodata.tif", "dtype/gdal_int32.tif", "multiband/l8_uint16_rgb_1.tif",
        "multiband/L7_ETMs.tif", "rgb/bahamas_rgb.tif", "landcover", "dem",
    ],
)  # fmt: skip
def test_polygon_statistics_of_real_files_are_exactextracts(data_file, rng, name):
    path = data_file(f"geo/{name}")
    for file in sorted(path.glob("*.tif"))[:2] if path.is_dir() else [path]:
        dataset = gdal.Open(str(file))
        x, dx, turned, y, _, dy = dataset.GetGeoTransform()
        if turned or dy > 0:
            continue
        bounds = (x, y + dy * dataset.RasterYSize, x + dx * dataset.RasterXSize, y)
        source = open_source(reference(file))
        crs = native_grid(dataset.GetSpatialRef().ExportToWkt())
        west, south, east, north = bounds
        # A tenth of large files: the judge takes its time.
        size = min(1.0, 1500 / max(dataset.RasterXSize, dataset.RasterYSize))
        shape = blob(rng, (west, north - (north - south) * size, west + (east - west) * size, north))
        found = shape_statistics((source,), parsed(shape), crs, style=Style(indexes=(1,)))["b1"]
        array = dataset.GetRasterBand(1).ReadAsArray()
        mask = dataset.GetRasterBand(1).GetMaskBand().ReadAsArray() == 0
        floating = array.astype(np.float64)
        floating[mask] = np.nan
        other = judged(floating, bounds, shape, None)
        check(found, other, whole_numbers=array.dtype.kind != "f")


def test_reduced_copy_is_close_to_all_pixels(make, rng):
    source = open_source(make(dtype="float32", bands=1))
    shape = parsed(blob(rng, BOUNDS))
    every = shape_statistics((source,), shape, UTM, style=Style())["b1"]
    reduced = shape_statistics((source,), shape, UTM, style=Style(), max_size=64)["b1"]
    assert reduced["valid_pixels"] < every["valid_pixels"] / 10
    assert reduced["mean"] == pytest.approx(every["mean"], rel=0.01)


def test_polygon_across_antimeridian_is_one_zone(make):
    source = open_source(make(epsg=4326, bounds=(-180, -90, 180, 90), dtype="float64", bands=1))
    crs = crs_grid("EPSG:4326")
    across = shape_statistics((source,), parsed(shapely.box(170, -10, 190, 10)), crs, style=Style())["b1"]
    parts = shapely.MultiPolygon([shapely.box(170, -10, 180, 10), shapely.box(-180, -10, -170, 10)])
    split = shape_statistics((source,), parsed(parts), crs, style=Style())["b1"]
    assert across == split
    assert across["count"] == pytest.approx(20 * 20 / 360 / 180 * 512 * 512)


def test_polygon_in_degrees_covers_its_area_in_metres(make):
    source = open_source(make())
    shape = shapely.box(-77.30, 39.75, -77.25, 39.80)
    count = shape_statistics((source,), parsed(shape), crs_grid("EPSG:4326"), style=Style())["b1"]["count"]
    assert count * 400 == pytest.approx(4285.2 * 5551.6, rel=0.002)


def test_statistics_of_the_whole_are_numpys(make):
    recipe = {"dtype": "uint16", "bands": 1, "nodata": "value"}
    array = gdal.Open(make(**recipe).location).ReadAsArray()
    known = array[array != 0]
    found = summarize(sample_layers((open_source(make(**recipe)),), style=Style()))["b1"]
    assert found["count"] == found["valid_pixels"] == known.size
    assert found["masked_pixels"] == array.size - known.size
    assert found["valid_percent"] == 75.0
    assert found["mean"] == pytest.approx(known.mean())
    assert found["std"] == pytest.approx(known.std())
    assert found["sum"] == known.sum(dtype=np.int64)
    assert [found[f"percentile_{n}"] for n in (2, 98)] == pytest.approx(np.percentile(known, (2, 98)).tolist())
    assert found["median"] == np.median(known)
    assert found["unique"] == np.unique(known).size
    counts, edges = np.histogram(known, bins=10)
    assert found["histogram"] == [counts.tolist(), pytest.approx(edges.tolist())]


def test_statistics_of_the_whole_look_at_a_bounded_sample(make):
    found = summarize(sample_layers((open_source(make(dtype="float32")),), style=Style(), max_size=100))
    assert found["b1"]["count"] == 100 * 100


def post(client: Client, path: str, document):
    return client.post(path, json.dumps(document), content_type="application/geo+json")


def box(west, south, east, north, **properties) -> dict:
    geometry = json.loads(shapely.to_geojson(shapely.box(west, south, east, north)))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.mark.urls("tests.tiles.urls")
def test_collection_comes_back_with_statistics(make, publish, client: Client):
    inside, outside = box(301000, 4401000, 302010, 4402000, name="a"), box(0, 0, 10, 10, name="b")
    collection = {"type": "FeatureCollection", "features": [inside | {"id": 7}, outside]}
    query = "data/statistics?coord_crs=EPSG:32618&p=10&p=90&bidx=1"
    answer = post(client, publish(make()) + query, collection).json()
    first, second = answer["features"]
    assert (first["id"], first["properties"]["name"]) == (7, "a")
    assert first["properties"]["statistics"]["b1"]["count"] == pytest.approx(50.5 * 50)
    assert {"percentile_10", "percentile_90"} <= first["properties"]["statistics"]["b1"].keys()
    assert second["properties"]["statistics"]["b1"]["count"] == 0
    assert second["properties"]["statistics"]["b1"]["mean"] is None


@pytest.mark.urls("tests.tiles.urls")
def test_box_is_the_polygon_of_its_corners(make, publish, client: Client):
    path = publish(make())
    polygon = post(client, path + "data/statistics?coord_crs=EPSG:32618", box(301000, 4401000, 302010, 4402000)).json()
    asked = client.get(path + "data/statistics?bbox=301000,4401000,302010,4402000&bbox_crs=EPSG:32618")
    assert asked.json() == polygon["properties"]["statistics"]
    sides = client.get(path + "data/statistics?left=50&top=412&right=100.5&bottom=462&units=pixels").json()
    assert sides == asked.json()
    assert (
        client.get(
            path + "data/statistics", headers={"if-none-match": client.get(path + "data/statistics")["ETag"]}
        ).status_code
        == 304
    )


@pytest.mark.urls("tests.tiles.urls")
def test_categories_are_counted(make, publish, client: Client):
    path = publish(make(bands=1))
    found = client.get(path + "data/statistics?categorical=true").json()["b1"]["histogram"]
    assert sum(found[0]) == 512 * 512
    assert found[1] == sorted(set(found[1]))
    chosen = client.get(path + "data/statistics?c=100&c=101&c=7").json()["b1"]["histogram"]
    assert chosen[1] == [100, 101, 7]
    assert chosen[0][2] == 0


@pytest.mark.urls("tests.tiles.urls")
def test_assets_are_bands_of_one_zone(make, publish, client: Client):
    names = [publish(make(dtype="uint16", bands=1, size=size)).split("/")[-2] for size in (512, 512, 256)]
    query = f"data/statistics?coord_crs=EPSG:32618&assets={','.join(names)}"
    feature = box(301000, 4401000, 302010, 4402000)
    found = post(client, f"/files/{names[0]}/{query}", feature).json()["properties"]["statistics"]
    assert found["b1"] == found["b2"]
    assert found["b3"]["count"] == found["b1"]["count"]
    assert found["b3"]["mean"] == pytest.approx(found["b1"]["mean"], rel=0.01)
    both = post(client, f"/files/{names[0]}/{query}&expression=b1-b2", feature).json()["properties"]["statistics"]
    assert both["b1-b2"]["max"] == 0


def test_zone_of_too_many_pixels_is_too_large(make):
    with pytest.raises(TooLarge, match="the limit is 1,000 values"):
        shape_statistics(
            (open_source(make()),),
            parsed(shapely.box(*BOUNDS)),
            UTM,
            style=Style(),
            limits=Limits(region_values=1000),
        )


@pytest.mark.urls("tests.tiles.urls")
def test_polygon_of_a_hundred_thousand_vertices_is_answered(make, publish, client: Client):
    angle = np.linspace(0, 2 * np.pi, 100_001)
    radius = 3000 + 500 * np.sin(angle * 50)
    ring = np.stack([305120 + radius * np.cos(angle), 4405120 + radius * np.sin(angle)], axis=1)
    ring[-1] = ring[0]
    document = {"type": "Polygon", "coordinates": [ring.tolist()]}
    path = publish(make())
    found = post(client, path + "data/statistics?coord_crs=EPSG:32618&bidx=1", document)
    assert found.json()["properties"]["statistics"]["b1"]["count"] * 400 == pytest.approx(shapely.Polygon(ring).area)
    document["coordinates"] = [np.concatenate([np.repeat(ring[:-1], 2, axis=0), ring[:1]]).tolist()]
    refused = post(client, path + "data/statistics?coord_crs=EPSG:32618", document)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert "200,000" in refused.json()["description"]
