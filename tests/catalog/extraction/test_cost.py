"""What reading a file may cost, however few bytes it has."""

from pathlib import Path

import pytest
from osgeo import gdal

from catalog.extraction.extracting import extract, reading
from catalog.extraction.integrity import chosen_blocks
from catalog.extraction.result import DEFAULT_LIMITS, ExtractionError


def sparse(path: Path, *, side: int, block: int) -> Path:
    """Write a raster of zeros that takes a few hundred bytes."""
    options = ["SPARSE_OK=TRUE", "TILED=YES", "COMPRESS=DEFLATE", f"BLOCKXSIZE={block}", f"BLOCKYSIZE={block}"]
    gdal.GetDriverByName("GTiff").Create(str(path), side, side, 1, gdal.GDT_Byte, options)
    return path


@pytest.mark.parametrize(("block", "probed"), [(16_384, 2), (8192, 4), (512, 12)])
def test_blocks_that_are_probed_decode_to_a_bounded_number_of_bytes(tmp_path, block, probed):
    dataset = gdal.Open(str(sparse(tmp_path / "a.tif", side=60_000, block=block)))
    assert len(list(chosen_blocks(dataset, limits=DEFAULT_LIMITS))) == probed


def test_raster_of_huge_blocks_is_described(tmp_path):
    found = extract(str(sparse(tmp_path / "a.tif", side=40_000, block=16_384)), name="a.tif")
    assert found.properties["proj:shape"] == [40_000, 40_000]


def test_file_that_takes_more_memory_than_there_is_says_so():
    with pytest.raises(ExtractionError, match="more memory") as caught, reading("a.tif"):
        raise MemoryError
    assert caught.value.code == "too_large"
