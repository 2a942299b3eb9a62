from datetime import UTC, datetime

from catalog.extraction import extract

DESCRIPTION = "Aperio Image Library v11.2.1\n2220x2967 |AppMag = 20|MPP = 0.4990|Date = 12/29/09|Time = 09:59:15"


def test_extract_aperio_slide_without_its_reader_still_tells_its_scale(make_raster):
    path = make_raster(crs=None, geotransform=None, metadata={"TIFFTAG_IMAGEDESCRIPTION": DESCRIPTION})
    extraction = extract(path, name="slide.svs")
    assert (extraction.kind, extraction.driver) == ("pixel", "GTiff")
    assert extraction.properties["geodata:pixel_size"] == [0.499, 0.499]
    assert extraction.properties["geodata:magnification"] == 20
    assert extraction.datetime == datetime(2009, 12, 29, 9, 59, 15, tzinfo=UTC)


def test_extract_other_description_tells_no_scale(make_raster):
    extraction = extract(make_raster(metadata={"TIFFTAG_IMAGEDESCRIPTION": "|MPP = 1|"}), name="a.tif")
    assert "geodata:pixel_size" not in extraction.properties
