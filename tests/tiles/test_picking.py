"""Decimated windows against GDAL's own, pixel by pixel."""

import numpy as np
import pytest
from osgeo import gdal

from tests.tiles.rasters import Recipe, write
from tiles.sampling.picking import MOST_READ, read_picked


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Noise with overviews of noise: a pixel that is picked elsewhere, or from another level, has another value."""
    path = write(Recipe(dtype="uint16", bands=1, nodata="mask"), tmp_path_factory.mktemp("picking") / "noise.tif")
    found = gdal.Open(str(path), gdal.GA_Update)
    band, noise = found.GetRasterBand(1), np.random.default_rng(1)
    for level in (band, *(band.GetOverview(number) for number in range(band.GetOverviewCount()))):
        level.WriteArray(noise.integers(0, 65535, (level.YSize, level.XSize), np.uint16))
    found.FlushCache()
    return found


@pytest.mark.parametrize("what", ["values", "mask"])
def test_picked_pixels_are_gdals(dataset, rng, what):
    band = dataset.GetRasterBand(1)
    band = band if what == "values" else band.GetMaskBand()
    for _ in range(200):
        left, top = (int(value) for value in rng.integers(0, 400, 2))
        width, height = (int(rng.integers(4, 512 - start)) for start in (left, top))
        # Smaller, larger, and each along one side.
        size = tuple(max(1, int(length / rng.uniform(0.5, 9))) for length in (width, height))
        window = (left, top, width, height)
        expected = band.ReadAsArray(*window, buf_xsize=size[0], buf_ysize=size[1])
        assert np.array_equal(read_picked(band, window, size), expected), (window, size)


def test_whole_image_is_picked_from_overview(dataset):
    band = dataset.GetRasterBand(1)
    found = read_picked(band, (0, 0, 512, 512), (100, 100))
    overview = band.GetOverview(1).ReadAsArray()
    places = (np.arange(100) * 1.28 + 0.64).astype(int)
    assert np.array_equal(found, overview[np.ix_(places, places)])


def test_few_of_many_pixels_are_left_to_gdal(dataset):
    """No level is near: all pixels of the nearest one would be kept for a few."""
    band = dataset.GetRasterBand(1)
    side = int(128 / MOST_READ**0.5) - 5
    expected = band.ReadAsArray(buf_xsize=side, buf_ysize=side)
    assert np.array_equal(read_picked(band, (0, 0, 512, 512), (side, side)), expected)
