"""Regions over HTTP: where they lie, what they hold, in every format, and what is refused."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from osgeo import gdal, osr
from PIL import Image

pytestmark = pytest.mark.urls("tests.tiles.urls")
UTM = "bbox=301000,4401000,303000,4402000&bbox_crs=EPSG:32618"
DEGREES = "bbox=-77.30,39.75,-77.25,39.80"
RASTER = {"dtype": "uint16", "nodata": "value"}


def content(response) -> bytes:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == 200, body[:300]
    return body


def opened(body: bytes, tmp_path: Path) -> gdal.Dataset:
    path = tmp_path / "answer.tif"
    path.write_bytes(body)
    return gdal.Open(str(path))


def polygon(*rings, **members) -> dict:
    return {"type": "Polygon", "coordinates": [list(ring) for ring in rings], **members}


def post(client: Client, path: str, document) -> object:
    return client.post(path, json.dumps(document), content_type="application/geo+json")


@pytest.mark.parametrize(("extension", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_region_as_picture_has_size_asked_for(make, publish, client: Client, extension, kind):
    body = content(client.get(f"{publish(make())}data/region.{extension}?{UTM}&width=120&height=60"))
    image = Image.open(io.BytesIO(body))
    assert (image.format, image.size) == (kind, (120, 60))
    assert np.asarray(image.convert("L")).std() > 1


def test_region_as_geotiff_holds_raw_values_in_place(make, publish, client: Client, tmp_path):
    ref = make(**RASTER)
    body = content(client.get(f"{publish(ref)}data/region.tif?{UTM}"))
    found = opened(body, tmp_path)
    source = gdal.Open(ref.location)
    assert found.GetGeoTransform() == (301000, 20, 0, 4402000, 0, -20)
    assert found.GetSpatialRef().IsSame(source.GetSpatialRef())
    assert found.GetRasterBand(1).GetNoDataValue() == 0
    assert (found.ReadAsArray() == source.ReadAsArray(50, 412, 100, 50)).all()


def test_region_as_cog_is_one(make, publish, client: Client, tmp_path):
    found = opened(
        content(client.get(f"{publish(make(**RASTER))}data/region.cog?{UTM}&width=1200&height=600")), tmp_path
    )
    assert found.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"
    assert found.GetRasterBand(1).GetOverviewCount() >= 1


@pytest.mark.parametrize("name", ["none", "lzw", "deflate", "zstd"])
@pytest.mark.parametrize("extension", ["tif", "cog"])
def test_region_is_compressed_as_asked(make, publish, client: Client, tmp_path, extension, name):
    ref = make(dtype="float32")
    query = f"left=0&top=0&right=300&bottom=300&units=pixels&compress={name}"
    found = opened(content(client.get(f"{publish(ref)}data/region.{extension}?{query}")), tmp_path)
    assert found.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") == {"none": None}.get(name, name.upper())
    assert (found.ReadAsArray() == gdal.Open(ref.location).ReadAsArray(0, 0, 300, 300)).all()


@pytest.mark.parametrize("nodata", ["alpha", "mask"])
def test_region_with_mask_keeps_it(make, publish, client: Client, tmp_path, nodata):
    query = "left=200&top=200&right=300&bottom=300&units=pixels"
    found = opened(content(client.get(f"{publish(make(nodata=nodata))}data/region.tif?{query}")), tmp_path)
    assert found.RasterCount == 3
    mask = found.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
    assert mask[:56].all()
    assert mask[:, :56].all()
    assert not mask[56:, 56:].any()


def test_region_leaves_no_file_behind(make, publish, client: Client):
    before = gdal.ReadDir("/vsimem/")
    for _ in range(3):
        content(client.get(f"{publish(make())}data/region.tif?{UTM}"))
    unread = client.get(f"{publish(make())}data/region.tif?{UTM}")
    # As a server does for a client that has gone; but not with the test's database connection.
    request_finished.disconnect(close_old_connections)
    unread.close()
    request_finished.connect(close_old_connections)
    assert gdal.ReadDir("/vsimem/") == before


def test_region_in_another_system_agrees_with_gdals_warper(make, publish, client: Client, tmp_path):
    ref = make(**RASTER)
    query = f"{DEGREES}&crs=EPSG:3857&width=90&height=100"
    found = opened(content(client.get(f"{publish(ref)}data/region.tif?{query}")), tmp_path)
    x, dx, _, y, _, dy = found.GetGeoTransform()
    bounds = (x, y + 100 * dy, x + 90 * dx, y)
    warped = gdal.Warp("", ref.location, format="MEM", dstSRS="EPSG:3857", outputBounds=bounds, width=90, height=100)
    assert (np.abs(found.ReadAsArray() - warped.ReadAsArray().astype(int)) <= 100).mean() > 0.99


def test_region_native_is_in_the_images_own_system(make, publish, client: Client, tmp_path):
    found = opened(content(client.get(f"{publish(make())}data/region.tif?{DEGREES}&crs=native")), tmp_path)
    assert found.GetSpatialRef().GetAuthorityCode(None) == "32618"
    assert abs(found.GetGeoTransform()[1] - 20) < 0.5


def test_region_as_npy_has_mask_as_last_band(make, publish, client: Client):
    body = content(
        client.get(f"{publish(make(**RASTER))}data/region.npy?left=250&top=250&right=262&bottom=260&units=pixels")
    )
    found = np.load(io.BytesIO(body))
    assert (found.shape, found.dtype) == ((4, 10, 12), np.uint16)
    assert (found[3, :6] == 255).all()
    assert (found[3, 6:, 6:] == 0).all()


def test_region_styled_as_geotiff_holds_colors(make, publish, client: Client, tmp_path):
    path = f"{publish(make(**RASTER))}data/region.tif?{UTM}&bidx=1&rescale=2000,20000&colormap_name=viridis"
    found = opened(content(client.get(path)), tmp_path)
    assert (found.RasterCount, found.GetRasterBand(1).DataType) == (3, gdal.GDT_Byte)
    raw = opened(content(client.get(path + "&styled=false")), tmp_path)
    assert (raw.RasterCount, raw.GetRasterBand(1).DataType) == (1, gdal.GDT_UInt16)


def test_region_of_expression_holds_its_values(make, publish, client: Client, tmp_path):
    ref = make(**RASTER)
    found = opened(content(client.get(f"{publish(ref)}data/region.tif?{UTM}&expression=b1/b2")), tmp_path)
    source = gdal.Open(ref.location).ReadAsArray(50, 412, 100, 50).astype(np.float32)
    assert np.allclose(found.ReadAsArray(), source[0] / source[1])
    assert found.GetRasterBand(1).GetDescription() == "b1/b2"


def test_region_of_whole_numbers_of_32_bits_keeps_every_digit(make, publish, client: Client, tmp_path):
    ref = make(dtype="int32", bands=1)
    values = np.arange(512 * 512, dtype=np.int32).reshape(512, 512) + 2**30
    dataset = gdal.Open(ref.location, gdal.GA_Update)
    dataset.GetRasterBand(1).WriteArray(values)
    dataset.FlushCache()
    found = opened(content(client.get(f"{publish(ref)}data/region.tif?{UTM}")), tmp_path)
    assert (found.ReadAsArray() == values[412:462, 50:150]).all()


def test_region_in_pixels_of_picture_without_place(make, publish, client: Client, tmp_path):
    ref = make(epsg=0)
    path = f"{publish(ref)}data/region.tif?left=10&top=20&right=74&bottom=52"
    found = opened(content(client.get(path)), tmp_path)
    assert (found.ReadAsArray() == gdal.Open(ref.location).ReadAsArray(10, 20, 64, 32)).all()
    assert found.GetSpatialRef() is None


def test_region_of_sides_in_degrees_is_django_large_images(make, publish, client: Client):
    path = publish(make())
    sides = "left=-77.30&right=-77.25&top=39.80&bottom=39.75"
    first = content(client.get(f"{path}data/region.png?{sides}&units=EPSG:4326&width=64&height=64"))
    assert first == content(client.get(f"{path}data/region.png?{sides}&width=64&height=64"))
    assert first == content(client.get(f"{path}data/region.png?{DEGREES}&bbox_crs=EPSG:4326&width=64&height=64"))


def test_region_across_antimeridian_joins_both_sides(make, publish, client: Client):
    west = make(epsg=4326, bounds=(170, -10, 180, 0), dtype="uint8")
    world = make(epsg=4326, bounds=(-180, -90, 180, 90), dtype="uint8")
    joined = np.load(
        io.BytesIO(content(client.get(f"{publish(world)}data/region.npy?bbox=175,-5,-175,5&width=64&height=64")))
    )
    halves = [
        np.load(io.BytesIO(content(client.get(f"{publish(world)}data/region.npy?bbox={box}&width=32&height=64"))))
        for box in ("175,-5,180,5", "-180,-5,-175,5")
    ]
    # Where a pixel lies on the edge of two, rounding decides.
    assert (joined == np.concatenate(halves, axis=2)).mean() > 0.98
    half = np.load(
        io.BytesIO(content(client.get(f"{publish(west)}data/region.npy?bbox=175,-5,-175,0&width=64&height=64")))
    )
    assert (half[3, :, :31] == 255).all()
    assert (half[3, :, 33:] == 0).all()
    picture = Image.open(
        io.BytesIO(content(client.get(f"{publish(west)}data/region.png?bbox=175,-5,-175,0&width=64&height=64")))
    )
    alpha = np.asarray(picture.convert("RGBA"))[:, :, 3]
    assert (alpha[:, :31] == 255).all()
    assert (alpha[:, 33:] == 0).all()


@pytest.mark.parametrize("code", [3857, 3832, 32660])
def test_region_across_antimeridian_in_another_system(make, publish, client: Client, code):
    path = publish(make(epsg=32660, bounds=(705000, 5500000, 725240, 5520240), dtype="uint16", bands=1))
    body = content(client.get(f"{path}data/region.npy?bbox=179.5,49.5,-179.5,50&crs=EPSG:{code}&max_size=300"))
    values, mask = np.load(io.BytesIO(body))
    assert min(values.shape) > 100
    assert 0.02 < (mask > 0).mean() < 0.5
    assert values[mask > 0].std() > 500


def test_region_of_polygon_is_masked_outside(make, publish, client: Client):
    path = publish(make(**RASTER))
    ring = [(301000, 4401000), (303000, 4401000), (303000, 4402000), (301000, 4401000)]
    hole = [(302000, 4401200), (302500, 4401200), (302500, 4401400), (302000, 4401400), (302000, 4401200)]
    body = content(post(client, path + "data/region.npy?coord_crs=EPSG:32618", polygon(ring, hole)))
    mask = np.load(io.BytesIO(body))[3] == 255
    assert mask.shape == (50, 100)
    rows, columns = np.mgrid[:50, :100] + 0.5
    inside = (50 - rows) < columns / 2
    in_hole = (columns > 50) & (columns < 75) & (rows > 30) & (rows < 40)
    assert (mask == (inside & ~in_hole)).mean() > 0.98
    picture = Image.open(
        io.BytesIO(content(post(client, path + "data/region.png?coord_crs=EPSG:32618", polygon(ring, hole))))
    )
    assert ((np.asarray(picture.convert("RGBA"))[:, :, 3] > 0) == mask).all()


def test_region_of_polygon_in_degrees_covers_the_same_place(make, publish, client: Client):
    path = publish(make(**RASTER))
    to_degrees = osr.CoordinateTransformation(*(_srs(code) for code in (32618, 4326)))
    ring = [(301000, 4401000), (303000, 4401000), (303000, 4402000), (301000, 4401000)]
    degrees = [to_degrees.TransformPoint(*point)[:2] for point in ring]
    answers: list[Any] = [
        post(client, path + "data/region.npy?crs=EPSG:32618" + crs, polygon(points))
        for crs, points in (("&coord_crs=EPSG:32618", ring), ("", degrees))
    ]
    areas = []
    for answer in answers:
        west, south, east, north = map(float, answer["Content-Bbox"].split(","))
        pixels = np.load(io.BytesIO(content(answer)))
        mask = pixels[3] == 255
        areas.append(mask.mean() * (east - west) * (north - south))
    assert areas[0] == pytest.approx(1_000_000, rel=0.02)
    assert areas[1] == pytest.approx(1_000_000, rel=0.02)


def _srs(code: int) -> osr.SpatialReference:
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(code)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


def test_region_of_assets_combines_them(make, publish, client: Client, tmp_path):
    names = [publish(make(dtype="uint16", bands=1)).split("/")[-2] for _ in range(2)]
    coarse = publish(make(dtype="uint16", bands=1, size=256)).split("/")[-2]
    path = f"/files/{names[0]}/data/region"
    query = f"{UTM}&assets={','.join([*names, coarse])}"
    found = opened(content(client.get(f"{path}.tif?{query}")), tmp_path)
    assert (found.RasterCount, found.RasterXSize) == (3, 100)
    values = found.ReadAsArray().astype(int)
    assert (values[0] == values[1]).all()
    assert np.abs(values[0] - values[2]).max() < 200
    ratio = opened(content(client.get(f"{path}.tif?{query}&expression=b1-b2")), tmp_path)
    assert not ratio.ReadAsArray().any()
    assert Image.open(io.BytesIO(content(client.get(f"{path}.png?{query}")))).size == (100, 50)
    whole = opened(
        content(client.get(f"/files/{names[0]}/data/preview.tif?assets={names[0]},{coarse}&max_size=64")), tmp_path
    )
    assert (whole.RasterCount, whole.RasterXSize) == (2, 64)
    assert np.abs(np.subtract(*whole.ReadAsArray().astype(int))).max() < 400


def test_thumbnail_comes_in_every_format(make, publish, client: Client, tmp_path):
    path = publish(make(**RASTER))
    found = opened(content(client.get(path + "data/thumbnail.tif?max_size=128")), tmp_path)
    assert (found.RasterXSize, found.GetGeoTransform()[1]) == (128, 80)
    assert np.load(io.BytesIO(content(client.get(path + "data/preview.npy?width=40")))).shape == (4, 40, 40)
    assert Image.open(io.BytesIO(content(client.get(path + "data/preview.jpg")))).size == (512, 512)
    assert Image.open(io.BytesIO(content(client.get(path + "data/thumbnail.png?max_height=30")))).size == (30, 30)
    assert (
        Image.open(io.BytesIO(content(client.get(path + "data/preview.png?crs=EPSG:3857&max_size=99")))).size[1] == 99
    )
    assert Image.open(io.BytesIO(content(client.get(path + "data/preview.png?max_size=1")))).size == (1, 1)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float64"])
def test_preview_is_the_picture_of_the_same_pixels(make, publish, client: Client, dtype):
    path = publish(make(dtype=dtype, overviews=dtype != "uint16"))
    whole = "left=0&top=0&right=512&bottom=512&units=pixels&width=100&height=90"
    shortly = content(client.get(path + "data/preview.png?width=100&height=90"))
    # The same by the general way, which a kernel of its own name takes.
    longer = content(client.get(path + f"data/region.png?{whole}&resampling=bilinear"))
    first, second = (np.asarray(Image.open(io.BytesIO(one)).convert("RGB")).astype(int) for one in (shortly, longer))
    assert np.abs(first - second).max() <= 2


def test_thumbnail_of_south_up_image_is_north_up(make, publish, client: Client, tmp_path):
    found = opened(content(client.get(publish(make(south_up=True)) + "data/preview.tif?max_size=64")), tmp_path)
    assert found.GetGeoTransform()[5] < 0


def test_region_with_etag_is_not_modified(make, publish, client: Client):
    path = f"{publish(make())}data/region.tif?{UTM}"
    first = client.get(path)
    content(first)
    again = client.get(path, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert first["Content-Bbox"] == "301000,4401000,303000,4402000"
    assert int(first["Content-Length"]) > 1000


BOW_TIE = [(301000, 4401000), (303000, 4402000), (303000, 4401000), (301000, 4402000), (301000, 4401000)]


@pytest.mark.parametrize(
    ("tail", "status", "code"),
    [
        ("data/region.png", 400, "invalid_parameter"),
        ("data/region.gif?" + UTM, 400, "unsupported_format"),
        ("data/region.png?bbox=1,2,3", 400, "invalid_parameter"),
        ("data/region.png?bbox=1,2,3,nan", 400, "invalid_parameter"),
        ("data/region.png?bbox=3,2,1,4&bbox_crs=EPSG:32618", 400, "invalid_parameter"),
        ("data/region.png?bbox=-77,39,-76,99", 400, "invalid_parameter"),
        ("data/region.png?bbox=-77,40,-76,39", 400, "invalid_parameter"),
        ("data/region.png?bbox=10,10,11,11", 404, "outside_bounds"),
        ("data/region.png?" + UTM + "&crs=/etc/passwd", 400, "invalid_parameter"),
        ("data/region.png?" + UTM + "&crs=EPSG:99999999", 400, "invalid_parameter"),
        ("data/region.png?" + UTM + "&crs=EPSG:4978", 400, "invalid_parameter"),
        ("data/region.png?" + DEGREES + "&crs=EPSG:8997", 400, "unsupported_operation"),
        ("data/region.png?" + UTM + "&crs=ESRI:104905", 400, "invalid_parameter"),
        ("data/region.png?" + UTM + "&crs=EPSG:5703", 400, "invalid_parameter"),
        ("data/region.png?" + UTM + "&crs=pixels", 400, "invalid_parameter"),
        ("data/region.tif?" + UTM + "&compress=rar", 400, "invalid_parameter"),
        ("data/region.png?" + UTM + "&width=0", 400, "invalid_parameter"),
        ("data/region.png?" + UTM + "&width=-4", 400, "invalid_parameter"),
        ("data/region.png?" + UTM + "&max_size=100000&width=5", 400, "invalid_parameter"),
        ("data/region.png?" + UTM + "&width=100000", 413, "too_large"),
        ("data/region.png?" + UTM + "&width=16000&height=16000", 413, "too_large"),
        ("data/region.tif?" + UTM + "&bidx=9", 400, "invalid_parameter"),
        ("data/region.png?left=1&top=2&right=3", 400, "invalid_parameter"),
        ("data/region.png?left=5&top=5&right=3&bottom=9&units=pixels", 400, "invalid_parameter"),
        ("data/region.png?left=5&top=5&right=30&bottom=9&units=parsecs", 400, "invalid_parameter"),
        ("data/region.png?left=1000&top=5&right=3000&bottom=9&units=pixels", 404, "outside_bounds"),
        ("data/thumbnail.png?max_size=x", 400, "invalid_parameter"),
        ("data/thumbnail.png?width=99999&height=10", 413, "too_large"),
        ("data/thumbnail.png?" + UTM, 400, "invalid_parameter"),
    ],
)
def test_bad_region_is_json_with_code(make, publish, client: Client, tail, status, code):
    response = client.get(publish(make()) + tail)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert len(response.json()["description"]) > 10


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ("{", 400, "invalid_parameter"),
        ("", 400, "invalid_parameter"),
        ("[" * 100_000, 400, "invalid_parameter"),
        ({"type": "Point", "coordinates": [1, 2]}, 400, "invalid_parameter"),
        ({"type": "Feature", "geometry": None}, 400, "invalid_parameter"),
        (polygon(BOW_TIE), 400, "invalid_parameter"),
        (polygon(BOW_TIE[:3]), 400, "invalid_parameter"),
        (polygon([]), 400, "invalid_parameter"),
        (polygon([["a", "b"], [1, 2], [3, 4], ["a", "b"]]), 400, "invalid_parameter"),
        (polygon([(0, 0), (10, 0), (10, 10), (0, 0)]), 404, "outside_bounds"),
        ({"type": "FeatureCollection", "features": []}, 400, "invalid_parameter"),
    ],
)
def test_bad_polygon_is_json_with_code(make, publish, client: Client, document, status, code):
    body = document if isinstance(document, str) else json.dumps(document)
    path = publish(make())
    for tail in ("data/region.tif?coord_crs=EPSG:32618", "data/statistics?coord_crs=EPSG:32618"):
        response = client.post(path + tail, body, content_type="application/json")
        assert (response.status_code, response.json()["code"]) == (status, code)


def test_too_large_says_which_limit(make, publish, client: Client):
    response = client.get(f"{publish(make())}data/region.png?{UTM}&width=16000&height=16000")
    assert "33,554,432" in response.json()["description"]
    response = client.get(f"{publish(make())}data/region.png?{UTM}&width=16384")
    assert "16,383" in response.json()["description"]
