"""Where tiles lie in degrees, in grids of every kind."""

import numpy as np
import pytest
import shapely

from tiles.geo.crs import transform_points
from tiles.geo.grids import WGS84, grid
from tiles.mosaics.footprints import geographic_box

TILES_OF_EACH = 40


@pytest.mark.parametrize(
    "name",
    ["WebMercatorQuad", "WorldCRS84Quad", "EuropeanETRS89_LAEAQuad", "UPSArcticWGS84Quad", "UPSAntarcticWGS84Quad"],
)
def test_geographic_box_holds_every_place_of_a_tile(name, rng):
    chosen = grid(name)
    transform = transform_points(chosen, WGS84)
    for _ in range(TILES_OF_EACH):
        z = int(rng.integers(0, 10))
        matrix = chosen.matrix(z)
        area = chosen.tile(z, int(rng.integers(0, matrix.columns)), int(rng.integers(0, matrix.rows)))
        west, south, east, north = area.box
        places = np.column_stack([rng.uniform(west, east, 50), rng.uniform(south, north, 50)])
        degrees = transform(places)
        degrees = degrees[np.isfinite(degrees).all(axis=1)]
        assert shapely.intersects_xy(geographic_box(chosen, area), degrees[:, 0], degrees[:, 1]).all(), (name, area)


@pytest.mark.parametrize("name", ["WebMercatorQuad", "WorldCRS84Quad"])
def test_geographic_box_of_a_tile_is_hardly_larger(name):
    chosen = grid(name)
    box = geographic_box(chosen, chosen.tile(8, 130, 70))
    assert box.bounds[2] - box.bounds[0] < 1.2 * 360 / 2**8
