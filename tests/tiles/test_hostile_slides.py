"""Slides whose numbers are made up: they cost little and are shown by another reader, or not at all."""

import os
import time

import cv2
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from tiles.errors import SourceUnreadable
from tiles.geo.grids import TileArea
from tiles.slides.dicom_image import DicomImage
from tiles.slides.native_tiff import tiff_levels
from tiles.slides.native_tiles import NativeLevel, jpeg_size, read_pixels
from tiles.slides.ome import parse_ome

OME = '<OME xmlns="o"><Image><Pixels SizeX="1" SizeY="1" SizeZ="{z}" SizeC="1" SizeT="1">{data}</Pixels></Image></OME>'


def test_tiff_whose_directories_lead_in_a_circle_has_no_levels(tmp_path):
    path = tmp_path / "a.tif"
    # One directory with a SubIFD that is its own next one.
    sub = b"\x01\x00" + _entry(256, 1) + (26).to_bytes(4, "little")
    path.write_bytes(b"II*\0\x08\0\0\0" + b"\x01\x00" + _entry(330, 26) + bytes(4) + sub + bytes(64))
    begin = time.process_time()
    assert tiff_levels(str(path)) == ()
    assert time.process_time() - begin < 20


def test_tiff_that_ends_within_its_directory_has_no_levels(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0\x08\0\0\0" + b"\xff\xff" + _entry(256, 1))
    assert tiff_levels(str(path)) == ()


def _entry(tag: int, value: int) -> bytes:
    return tag.to_bytes(2, "little") + b"\x04\x00" + (1).to_bytes(4, "little") + value.to_bytes(4, "little")


@pytest.mark.parametrize("size", [(64, 64), (256, 16)])
def test_jpeg_size_is_what_was_written(size):
    assert jpeg_size(_jpeg(*size)) == size
    assert jpeg_size(b"\xff\xd8nothing") == (0, 0)


def _jpeg(width: int, height: int) -> bytes:
    return bytes(cv2.imencode(".jpg", np.zeros((height, width, 3), np.uint8))[1])


def test_tile_larger_than_its_file_says_is_not_decoded():
    level = NativeLevel(128, 128, 64, 64, 1.0, read=lambda places: [_jpeg(4096, 4096) for _ in places])
    with pytest.raises(ValueError, match="another size"):
        read_pixels((level,), TileArea(0, 0, 64, 64, 64, 64))


def test_ome_that_places_planes_again_and_again_is_refused():
    data = '<TiffData FirstZ="0" IFD="0" PlaneCount="50000"/>' * 5000
    begin = time.process_time()
    with pytest.raises(SourceUnreadable):
        parse_ome(OME.format(z=50_000, data=data), own_name="a.tif")
    assert time.process_time() - begin < 10


@pytest.mark.parametrize("text", ['<!DOCTYPE OME [<!ENTITY a "b">]><OME/>', "<OME", "<OME/>"])
def test_ome_with_entities_or_without_pixels_is_refused(text):
    with pytest.raises(SourceUnreadable):
        parse_ome(text, own_name="a.tif")


def test_dicom_of_a_billion_frames_is_refused(tmp_path):
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    dataset.NumberOfFrames = 1_000_000_000
    dataset.save_as(tmp_path / "a.dcm")
    with pytest.raises(SourceUnreadable, match="frames"):
        DicomImage(str(tmp_path / "a.dcm"))


def test_postscript_is_not_run(tmp_path, monkeypatch):
    ghostscript = tmp_path / "gs"
    ghostscript.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    ghostscript.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    path = tmp_path / "a.eps"
    path.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\nshowpage\n%%EOF\n")
    with Image.open(path) as image, pytest.raises(OSError, match="Ghostscript"):
        image.load()
    assert not (tmp_path / "ran").exists()
