"""Tiles that TileJSON names, in every grid and in a site's own: pixel by pixel what GDAL warps of the source."""

import io
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal
from PIL import Image

from tests.tiles import urls
from tests.tiles.test_grids import OWN
from tests.tiles.test_ground import PLACES, find_tile, write_heights
from tiles.conf import tiles_settings
from tiles.geo.grids import grid

pytestmark = pytest.mark.urls("tests.tiles.urls")
# Where the set of `test_grids` lies, UTM's zone 18.
OWN_PLACE = (-76.5, 40.0)
HIGHEST = 1500


@pytest.fixture
def _own_set(settings):
    settings.TILES = {**getattr(settings, "TILES", {}), "tile_matrix_sets": {"OwnSet": OWN}}
    tiles_settings()


@pytest.mark.usefixtures("_own_set")
@pytest.mark.parametrize("name", [*sorted(PLACES), "OwnSet"])
def test_tile_that_tilejson_names_is_the_source(tmp_path, name):
    place = PLACES.get(name, OWN_PLACE)
    ref = write_heights(tmp_path / "heights.tif", *place)
    urls.FILES["heights"] = Path(ref.location)
    chosen = grid(name)
    z, x, y = find_tile(chosen, place)
    query = f"tile_format=png&resampling=bilinear&rescale=0,{HIGHEST}"
    document = Client().get(f"/files/heights/tiles/{name}/tilejson.json?{query}").json()
    tile = Client().get(document["tiles"][0].format(z=z, x=x, y=y))
    urls.FILES.clear()
    shades, alpha = np.moveaxis(np.asarray(Image.open(io.BytesIO(tile.content)).convert("LA")), 2, 0)
    area = chosen.tile(z, x, y)
    warped = gdal.Warp(
        "", ref.location, format="MEM", dstSRS=chosen.crs, outputBounds=area.box, width=area.width, height=area.height,
        resampleAlg="bilinear", dstNodata=-9999, errorThreshold=0,
    ).ReadAsArray()  # fmt: skip
    inside = (warped != -9999) & (alpha == 255)
    assert document["minzoom"] <= document["maxzoom"]
    assert inside.mean() > 0.2
    # GDAL counts a pixel at the edge of the image by other shares of its neighbours.
    assert (inside != (alpha == 255)).mean() < 0.01
    apart = np.abs(np.clip(warped * 255 / HIGHEST, 0, 255) - shades)[inside]
    assert np.percentile(apart, 99.5) <= 1
    assert apart.mean() < 0.4
