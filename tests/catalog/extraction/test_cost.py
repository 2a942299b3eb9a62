"""What reading a file may cost, however few bytes it has."""

import struct
import time
from dataclasses import replace
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


def test_picture_that_is_read_from_its_beginning_has_a_bound(tmp_path):
    path = tmp_path / "a.gif"
    side = struct.pack("<HH", 65_535, 65_535)
    path.write_bytes(b"GIF89a" + side + b"\xf0\0\0" + bytes(6) + b",\0\0\0\0" + side + b"\0\2\2\x4c\1\0;")
    with pytest.raises(ExtractionError, match="tiled TIFF") as caught:
        extract(str(path), name="a.gif")
    assert caught.value.code == "too_large"


def test_statistics_end_with_their_time(tmp_path):
    path = tmp_path / "a.tif"
    gdal.GetDriverByName("GTiff").Create(str(path), 64, 64, 3, gdal.GDT_Byte)
    with_none = extract(str(path), name="a.tif", limits=replace(DEFAULT_LIMITS, statistics_seconds=0))
    assert ["statistics" in band for band in with_none.asset["bands"]] == [False] * 3
    assert ["statistics" in band for band in extract(str(path), name="a.tif").asset["bands"]] == [True] * 3


def test_tiff_of_thousands_of_pages_is_opened_soon(tmp_path):
    path = tmp_path / "a.tif"
    entries = [(256, 16), (257, 16), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 16), (279, 256)]
    page = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    content, pages = b"II*\0" + struct.pack("<I", 264) + bytes(256), 5000
    for number in range(pages):
        content += page + struct.pack("<I", 264 + (number + 1) * (len(page) + 4) if number < pages - 1 else 0)
    path.write_bytes(content)
    began = time.monotonic()
    assert extract(str(path), name="a.tif").properties["proj:shape"] == [16, 16]
    # Readers that go to each page from the first one take a minute.
    assert time.monotonic() - began < 20
