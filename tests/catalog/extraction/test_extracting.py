from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from catalog.extraction import ExtractionError, extract
from catalog.extraction.result import Limits
from tests.catalog.extraction.conftest import reference_system

TILED = ("TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE")
VRT = '<VRTDataset rasterXSize="1" rasterYSize="1"><SRS>EPSG:4326</SRS></VRTDataset>'


def refusal(path, name="scene.tif", **options) -> ExtractionError:
    with pytest.raises(ExtractionError) as caught:
        extract(str(path), name=name, **options)
    assert name in str(caught.value)
    assert str(path).rpartition("/")[0] not in str(caught.value)
    return caught.value


def noise(side: int = 256) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (3, side, side), dtype=np.uint8)


def test_extract_geotiff_tells_its_grid(make_raster):
    extraction = extract(make_raster(crs=32633, geotransform=(500_000, 10, 0, 5_500_000, 0, -10)), name="a.tif")
    assert (extraction.kind, extraction.driver) == ("geospatial", "GTiff")
    assert extraction.media_type == "image/tiff; application=geotiff"
    assert (extraction.properties["proj:code"], extraction.properties["proj:epsg"]) == ("EPSG:32633", 32633)
    assert extraction.properties["proj:shape"] == [100, 100]
    assert extraction.properties["proj:transform"] == [10, 0, 500_000, 0, -10, 5_500_000]
    assert extraction.properties["proj:bbox"] == [500_000, 5_499_000, 501_000, 5_500_000]
    assert extraction.properties["gsd"] == 10
    assert extraction.asset["geodata:driver"] == "GTiff"


def test_extract_unnamed_reference_system_is_written_out(make_raster):
    crs = "+proj=laea +lat_0=12 +lon_0=34 +datum=WGS84"
    extraction = extract(make_raster(crs=crs, geotransform=(0, 100, 0, 0, 0, -100)), name="a.tif")
    assert extraction.properties["proj:code"] is None
    assert extraction.properties["proj:projjson"]["type"] == "ProjectedCRS"
    assert "proj:epsg" not in extraction.properties


def test_extract_reference_system_of_another_authority_has_no_epsg_code(make_raster):
    extraction = extract(make_raster(crs="ESRI:54009", geotransform=(0, 100, 0, 0, 0, -100)), name="a.tif")
    assert extraction.properties["proj:code"] == "ESRI:54009"
    assert "proj:epsg" not in extraction.properties


@pytest.mark.parametrize(
    ("crs", "geotransform", "expected"),
    [
        (4326, (0, 0.001, 0, 0.05, 0, -0.001), 111.2),
        (3857, (0, 10, 0, 8_400_500, 0, -10), 5.0),
        (2263, (900_000, 3, 0, 200_000, 0, -3), 0.9144),
    ],
)
def test_extract_ground_sample_distance_is_in_metres(make_raster, crs, geotransform, expected):
    extraction = extract(make_raster(crs=crs, geotransform=geotransform), name="a.tif")
    assert extraction.properties["gsd"] == pytest.approx(expected, rel=0.002)


def test_extract_cloud_optimized_geotiff_says_so(make_raster, tmp_path):
    path = str(tmp_path / "cog.tif")
    gdal.GetDriverByName("COG").CreateCopy(path, gdal.Open(make_raster()))
    assert extract(path, name="cog.tif").media_type.endswith("profile=cloud-optimized")


def test_extract_undated_file_takes_its_modification_time(make_raster):
    moment = datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)
    extraction = extract(make_raster(), name="a.tif", last_modified=moment)
    assert (extraction.datetime, extraction.datetime_source) == (moment, "file-modified")
    assert extraction.properties["geodata:datetime_source"] == "file-modified"


def write_grids(path: str, *names: str) -> None:
    """Write a NetCDF of 4 x 5 grids over 1° steps of latitude and longitude."""
    dataset = gdal.GetDriverByName("netCDF").CreateMultiDimensional(path)
    group = dataset.GetRootGroup()
    double, text = gdal.ExtendedDataType.Create(gdal.GDT_Float64), gdal.ExtendedDataType.CreateString()
    dimensions = []
    for name, unit, values in (("lat", "degrees_north", [53.5, 52.5, 51.5, 50.5]), ("lon", "degrees_east", range(5))):
        dimensions.append(group.CreateDimension(name, None, None, len(values)))
        axis = group.CreateMDArray(name, dimensions[-1:], double)
        axis.Write(np.array(values, dtype=np.float64))
        axis.CreateAttribute("units", [], text).Write(unit)
    for name in names:
        grid = group.CreateMDArray(name, dimensions, double)
        grid.SetSpatialRef(reference_system(4326))
        grid.Write(np.arange(20, dtype=np.float64).reshape(4, 5))


def test_extract_file_of_several_grids_chooses_one_and_lists_the_others(tmp_path):
    path = str(tmp_path / "grids.nc")
    write_grids(path, "quality_flags", "wind", "rain")
    extraction = extract(path, name="grids.nc")
    assert (extraction.driver, extraction.kind) == ("netCDF", "geospatial")
    assert extraction.bbox == [-0.5, 50, 4.5, 54]
    assert extraction.asset["geodata:subdataset"] == "wind"
    assert extraction.asset["geodata:other_subdatasets"] == ["quality_flags", "rain"]
    assert path not in str(extraction)


def test_extract_missing_file_is_not_found(tmp_path):
    assert refusal(tmp_path / "nothing.tif").code == "not_found"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_an_image"),
        (b"I am not an image, whatever my name says.\n" * 40, "not_an_image"),
        (b"\x00\x01\x02\x03" * 400, "not_an_image"),
        (VRT.encode(), "unsupported_format"),
        (b"<GDAL_WMS><Service name='TMS'/></GDAL_WMS>", "unsupported_format"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "corrupt"),
        (b"II*\x00" + (10**6).to_bytes(4, "little") + b"\x00" * 100, "truncated"),
        (b"\x00" * 128 + b"DICM" + b"\x00" * 200, "unsupported_format"),
    ],
)
def test_extract_file_that_is_no_image_tells_why(tmp_path, content, code):
    path = tmp_path / "scene.tif"
    path.write_bytes(content)
    assert refusal(path).code == code


def test_extract_file_is_judged_by_its_content_and_not_by_its_name(tmp_path):
    path = tmp_path / "codec-and-compression.tif"
    path.write_bytes(b"II*\x00" + (10**6).to_bytes(4, "little") + bytes(100))
    assert refusal(path, name=path.name).code == "truncated"


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
@pytest.mark.parametrize("options", [TILED, ("COMPRESS=DEFLATE",), ()])
def test_extract_file_cut_short_is_refused(make_raster, tmp_path, share, options):
    content = Path(make_raster(noise(), options=options)).read_bytes()
    cut = tmp_path / "cut.tif"
    cut.write_bytes(content[: int(len(content) * share)])
    assert refusal(cut).code in {"truncated", "corrupt"}


def test_extract_file_cut_short_behind_its_directory_is_truncated(make_raster, tmp_path):
    content = Path(make_raster(noise(), options=TILED)).read_bytes()
    cut = tmp_path / "cut.tif"
    cut.write_bytes(content[: len(content) - 2000])
    assert refusal(cut).code == "truncated"


def test_extract_file_with_damaged_block_is_corrupt(make_raster, tmp_path):
    content = bytearray(Path(make_raster(noise(), options=TILED)).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = b"\xff" * 4096
    damaged = tmp_path / "damaged.tif"
    damaged.write_bytes(content)
    assert refusal(damaged).code == "corrupt"


@pytest.mark.parametrize(("driver", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("MBTiles", "a.mbtiles")])
@pytest.mark.parametrize("share", [0.5, 0.97])
def test_extract_other_format_cut_short_is_refused(make_raster, tmp_path, driver, name, share):
    path = tmp_path / name
    web = {"crs": 3857, "geotransform": (0, 100, 0, 6_000_000, 0, -100)}
    gdal.GetDriverByName(driver).CreateCopy(str(path), gdal.Open(make_raster(noise(), **web)))
    whole = path.read_bytes()
    assert extract(str(path), name=name).driver == driver
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refusal(path, name=name).code in {"truncated", "corrupt"}


def test_extract_large_file_cut_short_is_noticed_by_sampling(make_raster, tmp_path):
    content = Path(make_raster(noise(), options=TILED)).read_bytes()
    cut = tmp_path / "cut.tif"
    cut.write_bytes(content[: len(content) - 2000])
    assert refusal(cut, limits=Limits(read_whole_bytes=0)).code == "truncated"


def test_extract_huge_raster_is_too_large(make_raster):
    assert refusal(make_raster(), limits=Limits(side=64)).code == "too_large"


def test_extract_huge_block_is_too_large(make_raster):
    path = make_raster(noise(), options=("TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"))
    assert refusal(path, limits=Limits(block_bytes=2**16)).code == "too_large"


def test_extraction_error_crosses_processes():
    import pickle

    error = pickle.loads(pickle.dumps(ExtractionError("corrupt", "a.tif is damaged.")))
    assert (error.code, error.message, str(error)) == ("corrupt", "a.tif is damaged.", "a.tif is damaged.")


def test_extraction_is_importable_without_django():
    import subprocess
    import sys

    program = "import sys, catalog.extraction, catalog.extraction.extracting; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
