"""Images that are placed by RPC, with and without an elevation model."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, osr

from tiles.geo.grids import web_mercator
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source

SIDE = 200
LONGITUDE, LATITUDE = 10.0, 46.0
# Degrees from the middle to the edge.
REACH = 0.01
# Degrees by which the sensor's slant moves a place for each metre of height.
SLANT = 1e-5


def polynomial(*terms: tuple[int, float]) -> str:
    """Twenty coefficients, zero but for ``(number, value)``: 0 constant, 1 longitude, 2 latitude, 3 height."""
    values = [0.0] * 20
    for number, value in terms:
        values[number] = value
    return " ".join(map(str, values))


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Columns go with longitude and, by the slant, with height; 100 m is the mean, 1,000 m the scale."""
    path = tmp_path / "scene.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), SIDE, SIDE, 1, gdal.GDT_Byte)
    dataset.GetRasterBand(1).WriteArray(np.arange(SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint8))
    rpc = {
        "LINE_OFF": SIDE / 2, "SAMP_OFF": SIDE / 2, "LAT_OFF": LATITUDE, "LONG_OFF": LONGITUDE, "HEIGHT_OFF": 100,
        "LINE_SCALE": SIDE / 2, "SAMP_SCALE": SIDE / 2, "LAT_SCALE": REACH, "LONG_SCALE": REACH, "HEIGHT_SCALE": 1000,
        "LINE_NUM_COEFF": polynomial((2, -1.0)), "LINE_DEN_COEFF": polynomial((0, 1.0)),
        "SAMP_NUM_COEFF": polynomial((1, 1.0), (3, SLANT * 1000 / REACH)), "SAMP_DEN_COEFF": polynomial((0, 1.0)),
    }  # fmt: skip
    dataset.SetMetadata({name: str(value) for name, value in rpc.items()}, "RPC")
    del dataset
    return path


@pytest.fixture
def hills(tmp_path: Path) -> Iterator[str]:
    """Put an elevation model of 600 m everywhere into use."""
    path = tmp_path / "hills.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), 100, 100, 1, gdal.GDT_Float32)
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(4326)
    dataset.SetProjection(srs.ExportToWkt())
    dataset.SetGeoTransform((LONGITUDE - 0.05, 0.001, 0, LATITUDE + 0.05, 0, -0.001))
    dataset.GetRasterBand(1).Fill(600)
    del dataset
    configure_gdal(rpc_dem=str(path))
    yield str(path)
    configure_gdal(rpc_dem="")


def middle(path: Path) -> float:
    """Longitude of the image's middle, in degrees."""
    source = open_source(SourceRef(str(path), "1"))
    assert isinstance(source, RasterSource)
    assert source.method == "RPC"
    # RPCs count from the centre of the first pixel.
    half = np.array([SIDE / 2 + 0.5])
    x, _ = source.reference(web_mercator()).to_coordinates(half, half)
    return float(x[0]) / 20037508.342789244 * 180


def test_rpc_without_elevation_model_takes_the_mean_height(scene):
    assert middle(scene) == pytest.approx(LONGITUDE, abs=1e-6)


@pytest.mark.usefixtures("hills")
def test_rpc_with_elevation_model_moves_by_the_height(scene):
    # 500 m above the mean, seen aslant.
    assert middle(scene) == pytest.approx(LONGITUDE - 500 * SLANT, abs=1e-6)
