import numpy as np
import pytest
from osgeo import gdal

from catalog.extraction import extract


def bands_of(path: str):
    return extract(path, name="image.tif").asset["bands"]


def test_bands_of_rgb_have_colors_and_statistics(make_raster):
    pixels = np.stack([np.full((64, 64), value) for value in (10, 20, 30)])
    pixels[0, :, :32] = 50
    red, green, blue = bands_of(make_raster(pixels, options=("PHOTOMETRIC=RGB",)))
    assert [band["name"] for band in (red, green, blue)] == ["red", "green", "blue"]
    assert red["eo:common_name"] == "red"
    assert red["data_type"] == "uint8"
    assert red["statistics"] == {
        "minimum": 10,
        "maximum": 50,
        "mean": 30,
        "stddev": 20,
        "percentile_2": 10,
        "percentile_98": 50,
        "valid_percent": 100,
    }
    assert sum(red["raster:histogram"]["buckets"]) == 64 * 64


def test_bands_leave_nodata_out_of_statistics(make_raster):
    pixels = np.full((1, 10, 10), -9999, dtype=np.float32)
    pixels[0, :5] = 7
    (band,) = bands_of(make_raster(pixels, gdal_type=gdal.GDT_Float32, nodata=-9999))
    assert band["nodata"] == -9999
    assert (band["statistics"]["minimum"], band["statistics"]["valid_percent"]) == (7, 50)


def test_bands_with_nan_write_it_as_stac_does(make_raster):
    pixels = np.full((1, 10, 10), np.nan, dtype=np.float32)
    pixels[0, 0] = 3
    (band,) = bands_of(make_raster(pixels, gdal_type=gdal.GDT_Float32, nodata=np.nan))
    assert band["nodata"] == "nan"
    assert (band["statistics"]["mean"], band["statistics"]["valid_percent"]) == (3, 10)


def test_bands_without_a_valid_pixel_have_no_statistics(make_raster):
    (band,) = bands_of(make_raster(np.zeros((1, 10, 10)), nodata=0))
    assert "statistics" not in band


def test_bands_with_palette_say_so(make_raster):
    def paint(dataset):
        table = gdal.ColorTable()
        table.SetColorEntry(0, (0, 0, 255, 255))
        dataset.GetRasterBand(1).SetColorTable(table)

    (band,) = bands_of(make_raster(prepare=paint))
    assert (band["name"], band["geodata:color_interpretation"]) == ("b1", "palette")


def test_bands_carry_description_unit_scale_and_offset(make_raster):
    def describe(dataset):
        band = dataset.GetRasterBand(1)
        band.SetDescription("temperature")
        band.SetUnitType("K")
        band.SetScale(0.1)
        band.SetOffset(273.15)

    (band,) = bands_of(make_raster(prepare=describe))
    assert (band["name"], band["description"], band["unit"]) == ("temperature", "temperature", "K")
    assert (band["raster:scale"], band["raster:offset"]) == (0.1, 273.15)


@pytest.mark.parametrize(
    ("gdal_type", "expected"),
    [
        (gdal.GDT_UInt16, "uint16"),
        (gdal.GDT_Int32, "int32"),
        (gdal.GDT_Float64, "float64"),
        (gdal.GDT_CInt16, "cint16"),
        (gdal.GDT_CFloat32, "cfloat32"),
    ],
)
def test_bands_name_their_data_type(make_raster, gdal_type, expected):
    (band,) = bands_of(make_raster(np.ones((1, 8, 8)), gdal_type=gdal_type))
    assert band["data_type"] == expected


def test_bands_of_hyperspectral_image_keep_few_histograms(make_raster):
    bands = bands_of(make_raster(np.ones((40, 4, 4))))
    assert [("raster:histogram" in band) for band in bands] == [True] * 16 + [False] * 24
    assert all("statistics" in band for band in bands)
