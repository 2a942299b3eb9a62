import io

import morecantile
import pytest
from django.test import Client
from PIL import Image

from tiles.conf import tiles_settings
from tiles.geo.grids import add_tile_matrix_sets, grid, tile_matrix_set

pytestmark = pytest.mark.urls("tests.tiles.urls")
OWN = {
    "title": "UTM zone 18 in steps of four",
    "crs": "http://www.opengis.net/def/crs/EPSG/0/32618",
    "tileMatrices": [
        {
            "id": str(number),
            "scaleDenominator": 1000 * 4 ** (2 - number),
            "cellSize": 0.28 * 4 ** (2 - number),
            "pointOfOrigin": [166000, 10_000_000],
            "tileWidth": 256,
            "tileHeight": 256,
            "matrixWidth": 10_000,
            "matrixHeight": 140_000,
        }
        for number in range(3)
    ],
}


@pytest.mark.parametrize("name", sorted(morecantile.tms.list()))
def test_grid_of_every_set_is_where_morecantile_has_it(name):
    found, definition = grid(name), tile_matrix_set(name)
    for z in (found.minzoom, found.minzoom + 4, definition.maxzoom):
        matrix = found.matrix(z)
        for share in (0.0, 0.12, 0.5, 0.87):
            x, y = int(share * matrix.columns), int(share * matrix.rows)
            expected = definition.xy_bounds(morecantile.Tile(x, y, z))
            span = matrix.cell_size * matrix.tile_size
            assert found.tile(z, x, y).box == pytest.approx(tuple(expected), abs=span * 1e-6)


@pytest.fixture
def _own_sets_forgotten():
    yield
    add_tile_matrix_sets({})


@pytest.mark.usefixtures("_own_sets_forgotten")
def test_tiles_of_a_sites_own_set_are_served(make, publish, client: Client, settings):
    path = publish(make())
    assert client.get(path + "tiles/OwnSet/1/500/19600.png").status_code == 404
    settings.TILES = {**getattr(settings, "TILES", {}), "tile_matrix_sets": {"OwnSet": OWN}}
    tiles_settings()
    matrix = grid("OwnSet").matrix(1)
    span = matrix.cell_size * matrix.tile_size
    x, y = int((302500 - 166000) / span), int((10_000_000 - 4_407_500) / span)
    answer = client.get(f"{path}tiles/OwnSet/1/{x}/{y}.png")
    assert Image.open(io.BytesIO(answer.content)).size == (256, 256)
