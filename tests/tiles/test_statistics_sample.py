"""Statistics of rasters without overviews: of huge ones from a bounded sample of blocks, of others as before."""

import time

import numpy as np
import pytest
from osgeo import gdal

from tiles.sources import statistics
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.statistics import read_sample, summarize


def test_file_of_few_bytes_and_billions_of_pixels_is_sampled(tmp_path):
    configure_gdal()
    path = str(tmp_path / "a.tif")
    options = ["SPARSE_OK=TRUE", "TILED=YES", "COMPRESS=DEFLATE", "BLOCKXSIZE=4096", "BLOCKYSIZE=4096"]
    gdal.GetDriverByName("GTiff").Create(path, 60_000, 60_000, 1, gdal.GDT_Byte, options)
    begin = time.process_time()
    values, valid = read_sample(gdal.Open(path), 1)
    found = summarize(values[valid], total=values.size)
    assert found is not None
    assert (found.minimum, found.maximum) == (0, 0)
    assert time.process_time() - begin < 10


@pytest.mark.parametrize("most", [2**10, 2**29])
def test_sample_of_windows_tells_about_the_same(most, monkeypatch):
    configure_gdal()
    monkeypatch.setattr(statistics, "MOST_DECIMATED", most)
    dataset = gdal.GetDriverByName("MEM").Create("", 900, 700, 1, gdal.GDT_Float32)
    rows, columns = np.mgrid[0:700, 0:900]
    dataset.GetRasterBand(1).WriteArray((rows + columns).astype(np.float32))
    values, valid = read_sample(dataset, 1, max_pixels=20_000)
    assert values.size <= 22_000
    assert valid.all()
    assert values.mean() == pytest.approx(800, abs=25)
