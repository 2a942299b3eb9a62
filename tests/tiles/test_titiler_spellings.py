"""What is spelled for TiTiler means here what it means there."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal, osr
from PIL import Image

from tiles.errors import InvalidParameter
from tiles.geo.grids import web_mercator
from tiles.regions.points import layer_values, pixel_layers
from tiles.rendering.image import RasterImage
from tiles.rendering.tile import render_tile
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.colormaps import colormap, colormap_names
from tiles.styling.expression import parse_expression
from tiles.styling.painting import Picture
from tiles.styling.style import parse_style

pytestmark = pytest.mark.urls("tests.tiles.urls")
SIDE = 256
TILE = (10, 540, 360)
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
RAMP = COLUMNS * 0.5 + ROWS * 0.4


def write(path: Path, values: np.ndarray) -> RasterImage:
    kind = {"uint16": gdal.GDT_UInt16, "float32": gdal.GDT_Float32}[values.dtype.name]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), SIDE, SIDE, 1, kind)
    system = osr.SpatialReference()
    system.ImportFromEPSG(3857)
    dataset.SetSpatialRef(system)
    west, south, east, north = web_mercator().tile(*TILE).box
    dataset.SetGeoTransform((west, (east - west) / SIDE, 0, north, 0, (south - north) / SIDE))
    dataset.GetRasterBand(1).WriteArray(values)
    del dataset
    source = open_source(SourceRef(str(path), "1", name=path.name))
    assert isinstance(source, RasterImage)
    return source


def show(source: RasterImage, **query: str) -> Picture:
    picture = render_tile(source, web_mercator(), *TILE, style=parse_style(query))
    assert picture is not None
    return picture


@pytest.fixture
def ramp(tmp_path) -> RasterImage:
    return write(tmp_path / "ramp.tif", (RAMP * 30).astype(np.uint16))


@pytest.mark.parametrize("kind", [{}, {"colormap_type": "explicit"}, {"colormap_type": "linear"}])
@pytest.mark.parametrize("name", ["rescale", "stretch"])
def test_values_are_rescaled_before_a_colormap(ramp, kind, name):
    gray = json.dumps({value: [value, value, value] for value in range(256)})
    given = {"rescale": "0,7000", "stretch": "minmax"}[name]
    picture = show(ramp, colormap=gray, resampling="nearest", **{name: given}, **kind)
    high = {"rescale": 7000, "stretch": float((RAMP * 30).astype(np.uint16).max())}[name]
    assert picture.alpha is None
    assert np.abs(picture.pixels[:, :, 0] - RAMP * 30 / high * 255).max() <= 1.5


def test_values_that_are_not_rescaled_are_looked_up_as_they_are(ramp):
    picture = show(ramp, colormap='[[[0, 3000], "#ff0000"], [[3000, 9000], "#0000ff"]]', colormap_type="explicit")
    assert picture.pixels[0, 0].tolist() == [255, 0, 0]
    assert picture.pixels[255, 255].tolist() == [0, 0, 255]


@pytest.mark.parametrize("name", ["cfastie", "rplumbo", "schwarzwald"])
def test_its_own_colormaps_are_there(name):
    assert {name, f"{name}_r"} <= colormap_names()
    table = colormap(name)
    assert table.shape == (256, 3)
    assert np.array_equal(colormap(f"{name}_r"), table[::-1])


def test_first_and_last_colors_are_those_of_rio_tiler():
    assert colormap("cfastie")[[0, 255]].tolist() == [[255, 255, 255], [255, 1, 239]]
    assert colormap("schwarzwald")[[0, 255]].tolist() == [[174, 239, 213], [233, 231, 233]]


def test_contours_color_the_ground_between_two_heights(tmp_path):
    heights = write(tmp_path / "a.tif", (RAMP * 4).astype(np.float32))
    params = '{"increment": 50, "thickness": 1, "minz": 0, "maxz": 1000}'
    picture = show(heights, algorithm="contours", algorithm_params=params)
    assert picture.alpha is None
    lines = (picture.pixels == 0).all(axis=2)
    assert 0.01 < lines.mean() < 0.3
    # The colors of 900 and 20 metres.
    high, low = picture.pixels[250, 245], picture.pixels[5, 5]
    terrain = colormap("terrain").astype(int)
    assert np.abs(terrain - high).sum(axis=1).argmin() == pytest.approx(1 + 254 * RAMP[250, 245] * 4 / 1000, abs=3)
    assert np.abs(terrain - low).sum(axis=1).argmin() == pytest.approx(1 + 254 * RAMP[5, 5] * 4 / 1000, abs=3)


@pytest.mark.parametrize("params", [{"use_nodata_height": True, "nodata_height": 0}, {"nodata_height": 0}])
@pytest.mark.parametrize("name", ["terrainrgb", "terrarium"])
def test_missing_heights_have_the_height_that_is_given(tmp_path, name, params):
    values = (RAMP * 4).astype(np.float32)
    values[:64] = np.nan
    heights = write(tmp_path / "a.tif", values)
    assert show(heights, algorithm=name).alpha is not None
    picture = show(heights, algorithm=name, algorithm_params=json.dumps(params), resampling="nearest")
    assert picture.alpha is None
    red, green, blue = picture.pixels[10, 10].astype(float)
    height = red * 256 + green + blue / 256 - 32768 if name == "terrarium" else 0
    if name == "terrainrgb":
        height = -10_000 + (red * 65536 + green * 256 + blue) * 0.1
    assert height == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("b1%7", 5),
        ("-b1%7", -5),
        ("log1p(b1)", np.log1p(2700)),
        ("expm1(b1/1000)", np.expm1(2.7)),
        ("tanh(b1/1000)", np.tanh(2.7)),
        ("arcsin(b1/2700)", np.pi / 2),
        ("b1//1000", 2),
        ("b1&12", 2700 & 12),
        ("b1|1", 2701),
        ("b1^1", 2700 ^ 1),
        ("~b1", ~2700),
        ("where(~(b1>5), 1, 2)", 2),
        ("where((b1>5)&~(b1>9000), 1, 2)", 1),
        ("(b1>5)^(b1>9000)", 1),
        ("b1*65537*65537", 2700 * 65537 * 65537),
        ("b1<<1", 5400),
        ("b1 >> 2 > 600", 1),
        ("b1*2;", 5400),
    ],
)
def test_expressions_know_numexprs_words(text, value):
    found = parse_expression(text).evaluate({1: np.full((1, 1), 2700, np.float64)})
    assert found[0, 0, 0] == pytest.approx(value)


def test_expression_gives_any_number_of_values(ramp):
    style = parse_style({"expression": "b1;b1*2"})
    assert [layer_values(layer) for layer in pixel_layers((ramp,), 100, 100, style=style)] == [[2700], [5400]]
    with pytest.raises(InvalidParameter, match="one or three make a picture"):
        render_tile(ramp, web_mercator(), *TILE, style=style)


@pytest.mark.parametrize(("text", "status"), [("b1;b2", 400), ("b1;b2;b1", 200), ("b1*2;", 200)])
def test_tilejson_of_an_expression_is_of_tiles_that_there_are(make, publish, client: Client, text, status):
    place = publish(make())
    answer = client.get(f"{place}tilejson.json", {"expression": text})
    assert answer.status_code == client.get(f"{place}{INSIDE}.png", {"expression": text}).status_code == status


def test_bidx_beside_an_expression_is_no_matter():
    assert parse_style({"bidx": "1", "expression": "b2*2"}) == parse_style({"expression": "b2*2"})


INSIDE = "tiles/13/2337/3107"


@pytest.mark.parametrize("text", ["0.3", "-1", "300", "x"])
def test_buffers_of_other_than_half_pixels_are_refused(make, publish, client: Client, text):
    answer = client.get(publish(make()) + f"{INSIDE}.png?buffer={text}")
    assert answer.status_code == 400
    assert "buffer" in answer.json()["description"]


@pytest.mark.parametrize(("buffer", "side"), [("0.5", 257), ("1", 258), ("2.5", 261)])
def test_buffer_of_half_a_pixel(make, publish, client: Client, buffer, side):
    answer = client.get(publish(make()) + f"{INSIDE}.png?buffer={buffer}")
    assert Image.open(io.BytesIO(answer.content)).size == (side, side)


@pytest.mark.parametrize(
    ("path", "kind", "side"),
    [
        (INSIDE, "PNG", 256),
        (f"{INSIDE}@2x", "PNG", 512),
        (f"{INSIDE}?format=webp", "WEBP", 256),
        (INSIDE.replace("tiles/", "tiles/WebMercatorQuad/"), "PNG", 256),
    ],
)
def test_tiles_need_no_extension(make, publish, client: Client, path, kind, side):
    answer = client.get(publish(make()) + path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == f"image/{kind.lower()}"
    image = Image.open(io.BytesIO(answer.content))
    assert (image.format, image.size) == (kind, (side, side))
