import io
import json

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal, osr
from PIL import Image

from tiles.geo.grids import grid, web_mercator
from tiles.rendering.tile import render_tile
from tiles.sources.pool import POOL
from tiles.sources.reference import SourceRef
from tiles.styling.style import parse_style

pytestmark = pytest.mark.urls("tests.tiles.urls")
SIZE = 600
# Column and row at zoom 12 of Web Mercator that the heights of `write` fill.
CENTER = (2219, 1442)


def heights() -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE] / 40
    return (500 + 300 * np.sin(columns) * np.cos(rows * 1.3) + 4 * columns**2).astype(np.float32)


def write(path, *, epsg=32633, origin=(500000.0, 5200000.0), step=30.0) -> SourceRef:
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), SIZE, SIZE, 1, gdal.GDT_Float32, ["TILED=YES"])
    spatial = osr.SpatialReference()
    spatial.ImportFromEPSG(epsg)
    dataset.SetProjection(spatial.ExportToWkt())
    dataset.SetGeoTransform((origin[0], step, 0, origin[1], 0, -step))
    dataset.GetRasterBand(1).WriteArray(heights())
    dataset.FlushCache()
    return SourceRef(str(path), version="1", name="heights.tif")


@pytest.fixture
def mountains(tmp_path) -> SourceRef:
    return write(tmp_path / "heights.tif")


@pytest.mark.parametrize(
    ("query", "processing", "options"),
    [
        ({"algorithm": "hillshade"}, "hillshade", {}),
        (
            {"algorithm": "hillshade", "algorithm_params": '{"azimuth": 90, "altitude": 30, "z_factor": 2}'},
            "hillshade",
            {"azimuth": 90, "altitude": 30, "zFactor": 2},
        ),
        ({"algorithm": "slope", "algorithm_params": '{"max_slope": 90}'}, "slope", {}),
        ({"algorithm": "aspect"}, "aspect", {}),
    ],
)
def test_terrain_of_pixels_is_what_gdaldem_makes(mountains, query, processing, options):
    with POOL.lease(mountains) as source:
        level = source.pixel_grid.maxzoom
        picture = render_tile(source, source.pixel_grid, level, 1, 1, style=parse_style(query))
    expected = gdal.DEMProcessing("", mountains.location, processing, format="MEM", **options).ReadAsArray()
    expected = expected[256:512, 256:512].astype(float)
    if processing == "hillshade":
        # gdaldem leaves 0 for missing data and starts at 1.
        expected = np.maximum(expected - 1, 0) * 255 / 254
    else:
        expected = expected * 255 / (90 if processing == "slope" else 360)
    apart = np.abs(picture.pixels[:, :, 0] - expected)
    assert np.minimum(apart, 255 - apart if processing == "aspect" else apart).max() <= 1.5


@pytest.mark.parametrize("name", ["hillshade", "slope", "aspect", "contours", "terrarium", "terrainrgb"])
@pytest.mark.parametrize("matrix_set", ["WebMercatorQuad", "WGS1984Quad"])
def test_terrain_has_no_seam_between_tiles(mountains, name, matrix_set):
    style = parse_style({"algorithm": name})
    z = 12 if matrix_set == "WebMercatorQuad" else 11
    with POOL.lease(mountains) as source:
        chosen = grid(matrix_set)
        box = source.coverage(chosen)[0]
        matrix = chosen.matrix(z)
        span = matrix.cell_size * 256
        x = int(((box[0] + box[2]) / 2 - matrix.origin[0]) / span)
        y = int((matrix.origin[1] - (box[1] + box[3]) / 2) / span)
        left, right = (render_tile(source, chosen, z, x + i, y, style=style) for i in (0, 1))
        wide = render_tile(source, chosen, z, x, y, style=style, buffer=8)
    beyond = wide.pixels[8:-8, -8:].astype(int)
    assert np.abs(beyond - right.pixels[:, :8].astype(int)).max() <= (0 if name == "contours" else 1) or (
        name in {"terrarium", "terrainrgb", "aspect"}
    )
    assert np.abs(wide.pixels[8:-8, 8:-8].astype(int) - left.pixels.astype(int)).mean() < 0.5


@pytest.mark.parametrize(
    ("name", "decode"),
    [
        ("terrarium", lambda red, green, blue: red * 256 + green + blue / 256 - 32768),
        ("terrainrgb", lambda red, green, blue: -10000 + (red * 65536 + green * 256 + blue) * 0.1),
    ],
)
def test_terrain_encoded_as_colors_is_the_height(mountains, publish, client: Client, name, decode):
    path = publish(mountains) + "tiles/pixels/2/1/1"
    answer = client.get(f"{path}.png?algorithm={name}")
    found = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(float)
    decoded = decode(found[:, :, 0], found[:, :, 1], found[:, :, 2])
    assert np.abs(decoded - heights()[256:512, 256:512]).max() <= 0.051
    for lossy in (f"{path}.jpg", f"{path.partition('tiles/')[0]}data/preview.webp"):
        refused = client.get(f"{lossy}?algorithm={name}")
        assert (refused.status_code, refused.json()["code"]) == (400, "unsupported_format")


def test_slope_of_degrees_is_measured_in_metres(tmp_path):
    """The same ground in UTM and in degrees is as steep."""
    ref = write(tmp_path / "utm.tif")
    degrees = str(tmp_path / "degrees.tif")
    gdal.Warp(degrees, ref.location, dstSRS="EPSG:4326", resampleAlg="bilinear", dstNodata=-9999)
    style = parse_style({"algorithm": "slope"})
    pictures = []
    for each in (ref, SourceRef(degrees, version="1")):
        with POOL.lease(each) as source:
            pictures.append(render_tile(source, web_mercator(), 12, *CENTER, style=style))
    assert None not in pictures
    assert np.abs(pictures[0].pixels.astype(int) - pictures[1].pixels.astype(int)).mean() < 2


def test_contours_are_lines_at_the_interval(mountains, publish, client: Client):
    query = f"algorithm=contours&algorithm_params={json.dumps({'interval': 100})}"
    answer = client.get(f"{publish(mountains)}tiles/pixels/2/1/1.png?{query}")
    shown = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))[:, :, 3] > 0
    near = np.abs(heights()[256:512, 256:512] / 100 % 1 - 0.5) > 0.35
    assert 0.01 < shown.mean() < 0.3
    assert near[shown].mean() > 0.99
