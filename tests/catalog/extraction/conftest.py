"""Synthetic rasters with known places, and the shared imagery where it is at hand."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from osgeo import gdal, osr

MakeRaster = Callable[..., str]


@pytest.fixture(autouse=True)
def _gdal_raises():
    gdal.UseExceptions()
    osr.UseExceptions()


@pytest.fixture
def make_raster(tmp_path: Path) -> MakeRaster:
    """Return a function that writes a GeoTIFF: pixels of shape (bands, rows, columns), or a ramp; returns its path."""

    def make(
        pixels: np.ndarray | None = None,
        *,
        name: str = "image.tif",
        crs: str | int | None = 4326,
        geotransform: Sequence[float] | None = (10, 0.01, 0, 50, 0, -0.01),
        gdal_type: int = gdal.GDT_Byte,
        nodata: float | None = None,
        options: Sequence[str] = (),
        metadata: dict[str, str] | None = None,
        prepare: Callable[[Any], None] | None = None,
    ) -> str:
        if pixels is None:
            pixels = np.arange(100 * 100, dtype=np.uint32).reshape(1, 100, 100) % 251
        bands, height, width = pixels.shape
        path = str(tmp_path / name)
        dataset = gdal.GetDriverByName("GTiff").Create(path, width, height, bands, gdal_type, list(options))
        if geotransform is not None:
            dataset.SetGeoTransform(list(geotransform))
        if crs is not None:
            dataset.SetSpatialRef(reference_system(crs))
        if metadata:
            dataset.SetMetadata(metadata)
        if prepare:
            prepare(dataset)
        for index in range(bands):
            band = dataset.GetRasterBand(index + 1)
            if nodata is not None:
                band.SetNoDataValue(nodata)
            band.WriteArray(pixels[index])
        dataset.FlushCache()
        del dataset
        return path

    return make


def reference_system(crs: str | int) -> Any:
    srs = osr.SpatialReference()
    srs.SetFromUserInput(f"EPSG:{crs}" if isinstance(crs, int) else crs)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs
