"""large-image's style documents, drawn here as large-image draws them."""

import io
import json
from collections.abc import Callable
from typing import Any

import large_image_source_gdal
import numpy as np
import pytest
from django.test import Client
from osgeo import gdal
from PIL import Image

from tests.tiles.slides import write_ome
from tiles.errors import InvalidParameter
from tiles.rendering.tile import render_tile
from tiles.sources.pool import POOL
from tiles.sources.reference import SourceRef
from tiles.styling.style import parse_style

pytestmark = pytest.mark.urls("tests.tiles.urls")
RED, GREEN, BLUE = ("#f00", "#0f0", "#00f")
# (type, document). Values of bytes are within 20-250, those of others a hundred times that.
DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("uint8", {"band": 2}),
    ("uint8", {"min": 50, "max": 150}),
    ("uint8", {"band": "2", "palette": "matplotlib.Viridis_20", "min": 20, "max": 200}),
    ("uint8", {"band": 1, "min": 200, "max": 20}),
    ("uint8", {"band": 1, "palette": ["#fff", "#000"], "min": 200, "max": 50}),
    ("uint8", {"band": 1, "palette": [RED, "#ff08", BLUE], "min": 20, "max": 200}),
    ("uint8", {"band": 1, "palette": [[1, 0.5, 0], [0, 0.25, 1]], "min": 0, "max": 255}),
    ("uint8", {"band": 1, "palette": ["red", "lime", "blue"], "scheme": "discrete", "min": 0, "max": 255}),
    ("uint8", {"band": 1, "palette": "matplotlib.Plasma_20", "min": 60, "max": 120, "clamp": False}),
    ("uint8", {"band": 1, "palette": "matplotlib.Plasma_20", "min": 60, "max": 120, "clamp": True}),
    ("uint8", {"bands": [{"band": 3}, {"band": 2}, {"band": 1}]}),
    ("uint8", {"bands": [{"band": 3, "palette": RED}, {"band": 2, "palette": GREEN}, {"band": 1, "palette": BLUE}]}),
    ("uint8", {"bands": [{"band": "blue", "palette": "#f80"}, {"band": "red", "palette": "#08f", "min": 0}]}),
    ("uint8", {"bands": [{"band": 1, "palette": RED}, {"band": 2, "palette": ["#fff", "#000"],
                                                      "composite": "multiply"}]}),
    ("uint8", {"bands": [{"band": 1, "palette": ["#fff", "#840"], "min": 20, "max": 200},
                         {"band": 3, "palette": ["#fff", "#048"], "min": 20, "max": 200, "composite": "multiply"},
                         {"band": 2, "palette": ["#000", "#0f04"], "min": 90, "max": 140, "clamp": False}]}),
    ("uint8", {"bands": [{"band": 1, "palette": ["#f00", "#ff0"], "min": 40, "max": 90, "clamp": False},
                         {"band": 2, "palette": ["#00f", "#0ff"], "min": 60, "max": 160, "clamp": False}]}),
    ("uint8", {"bands": [{"band": 1, "palette": "#f00", "nodata": 100},
                         {"band": 2, "palette": ["#fff", "#00f"], "nodata": 120}]}),
    ("uint8", {"band": 1, "palette": ["#f00", "#00f"], "axis": 2, "dtype": "uint8"}),
    ("uint8", {"bands": [{"band": 1, "palette": "#fa0", "axis": 1}, {"band": 2, "palette": "#05f"}]}),
    ("uint16", {"band": 2, "palette": "matplotlib.Magma_20"}),
    ("uint16", {"bands": [{"band": 1, "palette": RED, "max": 9000}, {"band": 3, "palette": BLUE, "min": "min"}]}),
    ("uint16", {"band": 1, "min": "full", "max": "full", "palette": "#fff"}),
    ("uint16", {"band": 1, "min": 5000, "max": 9000, "palette": ["#fff", "#008"], "clamp": False, "dtype": "uint16"}),
    ("float32", {"band": 3, "palette": ["#000", "#ff0", "#fff"]}),
    ("float32", {"bands": [{"band": 1, "min": 3000, "max": 9000, "palette": ["#008", "#0ff", "#f00"], "clamp": False},
                           {"band": 2, "palette": ["#0000", "#ffff"], "composite": "lighten"}]}),
]  # fmt: skip


def as_rgba(tile: np.ndarray) -> np.ndarray:
    """large-image's array of a tile as bytes of red, green, blue and alpha."""
    found = np.clip(np.nan_to_num(tile), 0, 255)
    if found.shape[2] == 1:
        found = np.dstack([found] * 3)
    return found if found.shape[2] == 4 else np.dstack([found, np.full(found.shape[:2], 255)])


def ours(ref: SourceRef, document: dict[str, Any], zxy: tuple[int, int, int], **query: str) -> np.ndarray:
    with POOL.lease(ref) as source:
        style = parse_style({"style": json.dumps(document), **query})
        picture = render_tile(source, source.pixel_grid, *zxy, style=style)
    assert picture is not None
    colors = np.dstack([picture.colors] * 3) if picture.colors.shape[2] == 1 else picture.colors
    alpha = np.full(colors.shape[:2], 255) if picture.alpha is None else picture.alpha
    return np.dstack([colors, alpha]).astype(float)


def check_alike(found: np.ndarray, expected: np.ndarray) -> None:
    """To what 256 steps of a palette lose: where both show something, and in what is shown at all."""
    assert np.abs(found[:, :, 3] - expected[:, :, 3]).max() <= 1.5
    shown = expected[:, :, 3] > 0
    apart = np.abs(found - expected)[:, :, :3][shown]
    assert shown.any()
    assert apart.max() <= 5
    assert apart.mean() <= 0.8


@pytest.mark.parametrize(("dtype", "document"), DOCUMENTS, ids=lambda value: json.dumps(value)[:70])
def test_document_is_drawn_as_large_image_draws_it(make: Callable[..., SourceRef], dtype, document):
    ref = make(epsg=0, overviews=False, dtype=dtype)
    # large-image looks at some pixels only, unless the extremes are known.
    dataset = gdal.OpenEx(ref.location, gdal.OF_UPDATE)
    for number in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(number)
        band.SetStatistics(*band.ComputeStatistics(False))
    del band, dataset
    # Ours are bytes, whatever it says of arrays.
    of_bytes = {key: value for key, value in document.items() if key != "dtype"}
    theirs = large_image_source_gdal.open(ref.location, style=json.dumps(of_bytes), noCache=True)
    expected = as_rgba(theirs.getTile(0, 1, theirs.levels - 1, numpyAllowed="always"))
    check_alike(ours(ref, document, (1, 0, 1)), expected)


def test_document_of_several_frames_lays_them_over_each_other(tmp_path):
    """Planes of 10, 20, 30 and 40: channels of two focal planes."""
    ref = SourceRef(str(write_ome(tmp_path / "a.ome.tif", z=2, names=("DNA", "CD4"))), version="1")
    ends = {"min": 0, "max": 255}
    document = {
        "bands": [{"frame": 1, "palette": RED, **ends}, {"palette": GREEN, **ends},
                  {"framedelta": 1, "palette": BLUE, **ends}]
    }  # fmt: skip
    assert ours(ref, document, (0, 0, 0), frame="2")[5, 5].tolist() == [20, 30, 40, 255]
    assert ours(ref, {"band": 1, "frame": 3, **ends}, (0, 0, 0))[5, 5].tolist() == [40, 40, 40, 255]
    with pytest.raises(InvalidParameter, match="frame must be within 0-3, not 4"):
        ours(ref, document, (0, 0, 0), frame="3")
    with pytest.raises(InvalidParameter, match="frame must be within 0-3, not -1"):
        ours(ref, {"band": 1, "framedelta": -1}, (0, 0, 0))


def test_document_of_a_raster_has_one_frame(make):
    assert (ours(make(epsg=0), {"band": 1, "frame": 0}, (1, 0, 0))[:, :, 3] == 255).all()
    for document in ({"bands": [{"frame": 0}, {"frame": 1}]}, {"framedelta": 1}):
        with pytest.raises(InvalidParameter, match="frame"):
            ours(make(epsg=0), document, (1, 0, 0))


def test_document_of_several_assets_numbers_them(make, publish, client: Client):
    paths = [publish(make(bands=1, dtype="uint16")), publish(make(bands=1, dtype="uint16"))]
    names = ",".join(path.strip("/").split("/")[1] for path in paths)
    bands = [{"band": 1, "palette": RED, "min": 0, "max": 20000}, {"band": 2, "palette": BLUE, "min": 0, "max": 40000}]
    tile = f"{paths[0]}tiles/13/2337/3107.png"
    answer = client.get(tile, {"assets": names, "style": json.dumps({"bands": bands})})
    red, green, blue = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(float)[100, 100]
    assert (green, abs(red / 2 - blue) <= 1, red > 20) == (0, True, True)
    refused = client.get(tile, {"assets": names, "style": json.dumps({"bands": [{"band": "red"}, {"band": 2}]})})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_parameter")


def test_missing_pixels_show_in_no_layer(make):
    document = {"bands": [{"band": 1, "palette": ["#fff", "#f00"]}, {"band": 2, "palette": "#00f"}]}
    found = ours(make(epsg=0, nodata="value"), document, (0, 0, 0))
    assert found[130:, 130:, 3].max() == 0
    assert found[:126, :, 3].min() == 255
