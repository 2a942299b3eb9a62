import io
import json
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from tests.tiles.rasters import Recipe, values
from tiles.rendering.tile import render_tile
from tiles.sources.pool import POOL
from tiles.styling.color_formula import apply_formula, parse_formula
from tiles.styling.style import parse_style

pytestmark = pytest.mark.urls("tests.tiles.urls")
FLAT: dict[str, Any] = {"epsg": 0, "bands": 3, "overviews": False}


def picture(ref, **query):
    with POOL.lease(ref) as source:
        return render_tile(source, source.pixel_grid, 1, 0, 0, style=parse_style(query))


def raw(band: int, dtype: str = "uint8") -> np.ndarray:
    return values(Recipe(dtype=dtype, **FLAT), band)[:256, :256]


def test_value_colors_color_those_values_alone(make):
    shown = raw(1)
    colors = {str(shown[3, 200]): "#ff0000", str(shown[100, 100]): [0, 0, 255, 128]}
    found = picture(make(**FLAT), bidx="1", colormap=json.dumps(colors))
    assert (found.alpha == np.where(shown == shown[3, 200], 255, np.where(shown == shown[100, 100], 128, 0))).all()
    assert (found.pixels[shown == shown[3, 200]] == (255, 0, 0)).all()


def test_value_colors_beyond_what_the_type_holds_color_nothing(make):
    ref = make(**FLAT, dtype="float32")
    assert picture(ref, bidx="1", colormap='{"1e300": "red", "-1e300": "blue"}') is None
    found = picture(ref, bidx="1", colormap='[[[-1e300, 1e300], "red"]]')
    assert (found.alpha, found.pixels[0, 0].tolist()) == (None, [255, 0, 0])


def test_value_colors_linear_are_interpolated(make):
    found = picture(make(**FLAT), bidx="1", colormap='{"0": "black", "255": "white"}', colormap_type="linear")
    assert np.abs(found.pixels[:, :, 0].astype(int) - raw(1)).max() <= 1
    assert found.alpha is None


def test_value_colors_intervals_include_their_start_alone(make):
    found = picture(make(**FLAT), bidx="1", colormap='[[[0, 60], "red"], [[60, 90], "lime"]]')
    shown = raw(1)
    assert (found.pixels[shown < 60] == (255, 0, 0)).all()
    assert (found.pixels[(shown >= 60) & (shown < 90)] == (0, 255, 0)).all()
    assert (found.alpha == np.where(shown < 90, 255, 0)).all()


@pytest.mark.parametrize(
    ("query", "share"),
    [
        ({"stretch": "minmax"}, (0, 100)),
        ({"stretch": "percentile:10,90"}, (10, 90)),
        ({"min": "min:0.1", "max": "max:0.1"}, (10, 90)),
    ],
)
def test_stretch_by_percentiles_is_that_of_the_values(make, query, share):
    recipe = {**FLAT, "dtype": "uint16"}
    whole = values(Recipe(**recipe), 2)
    low, high = np.percentile(whole, share)
    expected = np.clip((raw(2, "uint16") - low) / (high - low) * 255, 0, 255)
    found = picture(make(**recipe), bidx="2", **query)
    assert np.abs(found.pixels[:, :, 0] - expected).max() <= 2.5


def test_stretch_by_deviations_is_that_of_the_values(make):
    recipe = {**FLAT, "dtype": "uint16"}
    whole = values(Recipe(**recipe), 1).astype(float)
    low, high = whole.mean() - 1.5 * whole.std(), whole.mean() + 1.5 * whole.std()
    found = picture(make(**recipe), bidx="1", stretch="stddev:1.5")
    expected = np.clip((raw(1, "uint16") - low) / (high - low) * 255, 0, 255)
    assert np.abs(found.pixels[:, :, 0] - expected).max() <= 2.5


def test_style_document_lays_bands_over_each_other(make):
    bands = [
        {"band": 1, "palette": "#ff0000", "min": 0, "max": 255},
        {"band": 3, "palette": "#00ffff", "min": 0, "max": 255},
    ]
    found = picture(make(**FLAT), style=json.dumps({"bands": bands}))
    assert np.abs(found.pixels[:, :, 0].astype(int) - raw(1)).max() <= 1
    assert np.abs(found.pixels[:, :, 2].astype(int) - raw(3)).max() <= 1


def test_color_formula_is_rio_colors():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    share = ramp[0, :, 0] / 255
    found = apply_formula(ramp, parse_formula("gamma RG 1.8"))
    assert np.abs(found[0, :, 0] - share ** (1 / 1.8) * 255).max() <= 0.51
    assert (found[0, :, 2] == ramp[0, :, 2]).all()
    found = apply_formula(ramp, parse_formula("sigmoidal RGB 6 0.4"))

    def curve(value):
        return 1 / (1 + np.exp(6 * (0.4 - value)))

    assert np.abs(found[0, :, 1] - (curve(share) - curve(0)) / (curve(1) - curve(0)) * 255).max() <= 0.51
    back = apply_formula(found, parse_formula("sigmoidal RGB -6 0.4"))
    assert np.abs(back.astype(int) - ramp).max() <= 4
    gray = apply_formula(np.full((2, 2, 3), (200, 40, 90), np.uint8), parse_formula("saturation 0"))
    assert np.ptp(gray.astype(int), axis=2).max() <= 2


@pytest.mark.parametrize(
    "query", ["color_formula=gamma RGB 3", "bidx=1&colormap_name=viridis&color_formula=gamma RGB 3"]
)
def test_color_formula_brightens_the_tile(make, publish, client: Client, query):
    path = publish(make()) + "tiles/13/2337/3107.png?"
    plain, bright = (
        np.asarray(Image.open(io.BytesIO(client.get(path + each).content)).convert("RGB")).astype(int)
        for each in (query.rpartition("color_formula")[0], query)
    )
    assert (bright >= plain).mean() > 0.99
    assert bright.mean() > plain.mean() + 20


def test_three_expressions_are_red_green_and_blue(make):
    found = picture(make(**FLAT), expression="b1; b2; 255-b3", rescale="0,255")
    assert np.abs(found.pixels[:, :, 2].astype(int) - (255 - raw(3).astype(int))).max() <= 1


def test_assets_of_two_files_take_value_colors_of_an_expression(make, publish, client: Client):
    paths = [publish(make(bands=1)) for _ in range(2)]
    names = ",".join(path.strip("/").split("/")[1] for path in paths)
    colormap = quote('[[[0.5, 1.5], "#123456"]]')
    answer = client.get(f"{paths[0]}tiles/13/2337/3107.png?assets={names}&expression=b1/b2&colormap={colormap}")
    assert Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((128, 128)) == (0x12, 0x34, 0x56)
    refused = client.get(f"{paths[0]}tiles/13/2337/3107.png?assets={names}&algorithm=slope&bidx=1")
    assert refused.json()["code"] == "unsupported_operation"


@pytest.mark.parametrize("text", ["{not json", "null", '{"bands": [{"band": 1, "function": "x"}]}'])
def test_style_document_that_is_none_is_refused(make, publish, client: Client, text):
    answer = client.get(publish(make()) + "tiles/13/2337/3107.png", {"style": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
