"""A slide's label is flagged as a reduced image, as overviews are. It must never be taken for one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tiles.sources.drivers import open_raster

REDUCED_IMAGE = {254: 1}  # NewSubfileType, https://www.awaresystems.be/imaging/tiff/tifftags/newsubfiletype.html


def _write(path: Path, *, second: tuple[int, int]) -> None:
    """Write a TIFF of a white 512 x 640 image, and a black one flagged as reduced."""
    label = Image.new("L", second, 0)
    label.encoderinfo = {"tiffinfo": REDUCED_IMAGE}
    Image.new("L", (512, 640), 255).save(path, save_all=True, append_images=[label])


@pytest.mark.parametrize(("second", "overviews"), [((256, 320), 1), ((129, 160), 1), ((200, 200), 0), ((512, 100), 0)])
def test_open_raster_keeps_only_overviews_of_the_same_proportions(tmp_path, second, overviews):
    _write(tmp_path / "slide.tif", second=second)
    dataset = open_raster(str(tmp_path / "slide.tif"))
    assert dataset.GetRasterBand(1).GetOverviewCount() == overviews


def test_open_raster_with_a_label_shows_the_image_when_zoomed_out(tmp_path):
    _write(tmp_path / "slide.tif", second=(200, 200))
    shown = open_raster(str(tmp_path / "slide.tif")).ReadAsArray(buf_xsize=100, buf_ysize=125)
    assert np.all(shown == 255)
